"""Which department for which complaint (导诊): the county's reviewed rules, asked one question at a time."""
