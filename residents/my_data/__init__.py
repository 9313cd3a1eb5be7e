"""我的信息: everything held about a person, taken along; what is wrong, corrected; the account, closed (PIPL 45 to 47).

Each room registers its part (`parts.register`) when Django loads it, so the arrows keep pointing down.
"""
