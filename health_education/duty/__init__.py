"""The annual duty report (年度健康教育完成情况): what was done, against what a unit must do."""
