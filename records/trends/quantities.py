"""What a result measures whatever unit it is coded in, and the rules by which units of it are converted.

Two ways lead from one unit to another, and no third: powers of ten between units of the same dimension, which hold for
anything; and a bridge between two dimensions, which holds for one quantity alone (a molar mass, or the master equation
of HbA1c). Where neither leads, two results are not comparable, and nothing is guessed.

The sources of the bridges: molar masses from the IUPAC standard atomic weights (glucose by the factor 18.0182 that
meters and laboratories print); triglycerides by the customary mean mass 885.7; HbA1c by the NGSP master equation,
NGSP % = 0.09148 x IFCC mmol/mol + 2.152 (https://ngsp.org/ifccngsp.asp). Urea nitrogen has no bridge: its moles are
counted per molecule by some laboratories and per nitrogen atom by others.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from records.exchange import units

# Dimension -> {UCUM code: its size in the dimension's own base}.
_DIMENSIONS: dict[str, dict[str, str]] = {
    "mass": {
        "g/L": "1", "mg/mL": "1", "g/dL": "10", "mg/L": "1e-3", "ug/mL": "1e-3", "mg/dL": "1e-2", "ug/dL": "1e-5",
        "ug/L": "1e-6", "ng/mL": "1e-6", "ng/dL": "1e-8", "ng/L": "1e-9", "pg/mL": "1e-9",
    },
    "moles": {"mol/L": "1", "mmol/L": "1e-3", "umol/L": "1e-6", "nmol/L": "1e-9", "pmol/L": "1e-12"},
    "charge": {"meq/L": "1e-3"},
    "count": {
        "10*12/L": "1e12", "10*6/uL": "1e12", "10*9/mL": "1e12", "10*4/uL": "1e10", "10*9/L": "1e9", "10*3/uL": "1e9",
        "10*6/mL": "1e9", "10*6/L": "1e6", "/uL": "1e6",
    },
    "activity": {
        "U/L": "1", "mU/mL": "1", "U/mL": "1e3", "kU/L": "1e3", "kU/mL": "1e6", "mU/L": "1e-3", "uU/mL": "1e-3",
    },
    "international": {
        "[IU]/L": "1", "m[IU]/mL": "1", "[IU]/mL": "1e3", "k[IU]/L": "1e3", "k[IU]/mL": "1e6", "m[IU]/L": "1e-3",
        "u[IU]/mL": "1e-3", "u[IU]/L": "1e-6",
    },
    "a day": {"g/(24.h)": "1", "mg/(24.h)": "1e-3", "ug/(24.h)": "1e-6"},
    "length": {"m": "1", "cm": "1e-2", "mm": "1e-3"},
    "weight": {"kg": "1", "g": "1e-3"},
    "pressure": {"kPa": "1", "mm[Hg]": "0.133322"},
    "percent": {"%": "1"},
    "per mole": {"mmol/mol": "1"},
}  # fmt: skip
_SIZES = {unit: (name, Decimal(size)) for name, some in _DIMENSIONS.items() for unit, size in some.items()}
DIGITS = 3


@dataclass(frozen=True)
class Bridge:
    """`wanted` = `slope` x `given` + `offset`, between two units of different dimensions; it leads both ways."""

    given: str
    wanted: str
    slope: Decimal
    offset: Decimal = Decimal(0)

    @property
    def dimensions(self) -> frozenset[str]:
        """The two dimensions that it joins."""
        return frozenset({_SIZES[self.given][0], _SIZES[self.wanted][0]})


@dataclass(frozen=True)
class Quantity:
    """One thing that is measured: the LOINC codes that stand for it in one unit or another, and how they are joined."""

    key: str
    codes: tuple[str, ...]
    bridge: Bridge | None = None


def _molar(key: str, codes: str, moles: str, mass: str, factor: str) -> Quantity:
    """A quantity of which one `moles` unit weighs `factor` of the `mass` unit."""
    return Quantity(key, tuple(codes.split()), Bridge(moles, mass, Decimal(factor)))


def _alike(codes: str, given: str, wanted: str, slope: str = "1") -> list[Quantity]:
    return [Quantity(code, (code,), Bridge(given, wanted, Decimal(slope))) for code in codes.split()]


ENZYMES = "1742-6 1920-8 2324-2 6768-6 2098-2 2532-0 2157-6 32673-6 1798-8 3040-3"
HORMONES_AND_MARKERS = "3016-3 20448-7 15067-2 10501-5 10334-1 24108-3 6875-9 11572-5"
QUANTITIES: tuple[Quantity, ...] = (
    _molar("glucose", "14749-6 2345-7", "mmol/L", "mg/dL", "18.0182"),
    _molar("fasting glucose", "14771-0 1558-6", "mmol/L", "mg/dL", "18.0182"),
    _molar("creatinine", "14682-9 2160-0", "umol/L", "mg/dL", "0.011312"),
    _molar("urate", "14933-6 3084-1", "umol/L", "mg/dL", "0.016811"),
    _molar("bilirubin", "14631-6 1975-2", "umol/L", "mg/dL", "0.058466"),
    _molar("direct bilirubin", "14629-0 1968-7", "umol/L", "mg/dL", "0.058466"),
    _molar("cholesterol", "14647-2 2093-3", "mmol/L", "mg/dL", "38.665"),
    _molar("HDL cholesterol", "14646-4 2085-9", "mmol/L", "mg/dL", "38.665"),
    _molar("LDL cholesterol", "22748-8 2089-1", "mmol/L", "mg/dL", "38.665"),
    _molar("triglycerides", "14927-8 2571-8", "mmol/L", "mg/dL", "88.57"),
    _molar("calcium", "2000-8 17861-6", "mmol/L", "mg/dL", "4.0078"),
    _molar("phosphate", "14879-1 2777-1", "mmol/L", "mg/dL", "3.0974"),
    _molar("magnesium", "2601-3 19123-9", "mmol/L", "mg/dL", "2.4305"),
    _molar("free thyroxine", "14920-3 3024-7", "pmol/L", "ng/dL", "0.077687"),
    _molar("free triiodothyronine", "14928-6 3051-0", "pmol/L", "pg/mL", "0.65098"),
    _molar("vitamin B12", "14685-2 2132-9", "pmol/L", "pg/mL", "1.35537"),
    Quantity("HbA1c", ("4548-4", "59261-8"), Bridge("mmol/mol", "%", Decimal("0.09148"), Decimal("2.152"))),
    # One charge an ion.
    *_alike("2823-3 2951-2 2075-0 2028-9", "mmol/L", "meq/L"),
    # For these two a unit and an international unit are the same amount.
    *_alike(f"{ENZYMES} {HORMONES_AND_MARKERS}", "U/L", "[IU]/L"),
)
_OF_CODE = {code: quantity for quantity in QUANTITIES for code in quantity.codes}


def of(code: str) -> Quantity:
    """What a LOINC code measures; a code that no rule speaks of is a quantity of its own."""
    return _OF_CODE.get(code) or Quantity(code, (code,))


def unit_of(unit_code: str, printed: str) -> str:
    """The UCUM code of a result's unit; nothing for one that the portal does not know."""
    return units.normalised(unit_code) or units.ucum(printed)


def comparable(quantity: Quantity, unit: str) -> str:
    """A name that all units share which can be converted into each other; an unknown unit shares it with none."""
    if unit not in _SIZES:
        return unit
    dimension = _SIZES[unit][0]
    joined = quantity.bridge.dimensions if quantity.bridge else frozenset()
    return " or ".join(sorted(joined)) if dimension in joined else dimension


def converted(value: Decimal, given: str, wanted: str, quantity: Quantity) -> Decimal | None:
    """A value in another unit; None where no rule leads there."""
    if given == wanted:
        return value
    if given not in _SIZES or wanted not in _SIZES:
        return None
    with localcontext(prec=28):
        if _SIZES[given][0] == _SIZES[wanted][0]:
            return _scaled(value, given, wanted)
        return _bridged(value, given, wanted, quantity.bridge)


def _scaled(value: Decimal, given: str, wanted: str) -> Decimal:
    return value * _SIZES[given][1] / _SIZES[wanted][1]


def _bridged(value: Decimal, given: str, wanted: str, bridge: Bridge | None) -> Decimal | None:
    here, there = _SIZES[given][0], _SIZES[wanted][0]
    if bridge is None or bridge.dimensions != {here, there}:
        return None
    if _SIZES[bridge.given][0] == here:
        return _scaled(bridge.slope * _scaled(value, given, bridge.given) + bridge.offset, bridge.wanted, wanted)
    return _scaled((_scaled(value, given, bridge.wanted) - bridge.offset) / bridge.slope, bridge.given, wanted)


def rounded(value: Decimal, printed: Decimal) -> Decimal:
    """A converted value with as many digits as the printed one had, three at least: no more exact than it was."""
    if not value:
        return Decimal(0)
    digits = max(DIGITS, len(printed.normalize().as_tuple().digits))
    exponent = value.adjusted() - digits + 1
    return value.quantize(Decimal(1).scaleb(exponent)) if exponent < 0 else value.quantize(Decimal(1))
