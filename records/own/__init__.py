"""What residents write down themselves: home blood pressure, glucose, weight, and photographed reports."""
