"""Decimals of 64, 128 and 256 bits as magnitudes in NumPy, and as the base-10000 digits PostgreSQL stores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workspaces.pgwire.values.arrow_bytes import raw_values, valid_mask

_BASE = 10_000
#: Two digits of base 10000 at once: a remainder below this and a limb of 32 bits fit into 64 bits.
_DOUBLE_BASE = np.uint64(_BASE * _BASE)
_LIMB_BITS = np.uint64(32)
_LIMB_MASK = np.uint64(0xFFFFFFFF)


def unscaled_int64(array: pa.Array) -> np.ndarray | None:
    """The unscaled numbers of a decimal array as int64, 0 for NULL; None when one of them needs more bits."""
    words = _words(array)
    low = words[:, 0].view(np.int64)
    signs = (low >> 63).view(np.uint64)
    is_narrow = (words[:, 1:] == signs[:, None]).all(axis=1)
    if array.null_count == 0:
        return low if is_narrow.all() else None
    valid = valid_mask(array)
    return np.where(valid, low, 0) if is_narrow[valid].all() else None


def digit_groups(array: pa.Array, scale: int) -> tuple[np.ndarray, int, np.ndarray]:
    """Base-10000 digits aligned to the decimal point: a matrix, how many columns stand before it, who is negative."""
    fraction_groups = -(-scale // 4)
    shift = 10 ** (4 * fraction_groups - scale)
    if pa.types.is_uint64(array.type):
        magnitudes = raw_values(array, "<u8")
        negative = np.zeros(len(magnitudes), bool)
        groups = _narrow_groups(magnitudes, fraction_groups)
    else:
        groups, negative = _decimal_groups(array, shift, fraction_groups)
    return groups, groups.shape[1] - fraction_groups, negative


def _decimal_groups(array: pa.Array, shift: int, fraction_groups: int) -> tuple[np.ndarray, np.ndarray]:
    narrow = unscaled_int64(array)
    if narrow is not None:
        magnitudes = np.abs(narrow).view(np.uint64)
        if len(magnitudes) == 0 or int(magnitudes.max()) * shift < 2**64:
            return _narrow_groups(magnitudes * np.uint64(shift), fraction_groups), narrow < 0
    limbs, negative = _limbs(array)
    return _wide_groups(_multiplied(limbs, shift), fraction_groups), negative


def _narrow_groups(magnitudes: np.ndarray, fraction_groups: int) -> np.ndarray:
    largest = int(magnitudes.max()) if len(magnitudes) else 0
    count = max(-(-len(str(largest)) // 4), fraction_groups, 1)
    groups = np.empty((len(magnitudes), count), np.uint16)
    rest = magnitudes
    for column in range(count - 1, -1, -1):
        quotient = rest // np.uint64(_BASE)
        groups[:, column] = rest - quotient * np.uint64(_BASE)
        rest = quotient
    return groups


def _wide_groups(limbs: list[np.ndarray], fraction_groups: int) -> np.ndarray:
    # 32 bits hold 9.64 digits: enough pairs of base-10000 digits for every limb, and for the fraction.
    pairs = max(-(-len(limbs) * 964 // 800), -(-fraction_groups // 2))
    groups = np.empty((len(limbs[0]), 2 * pairs), np.uint16)
    for pair in range(pairs - 1, -1, -1):
        remainder = _divided(limbs)
        high = remainder // np.uint64(_BASE)
        groups[:, 2 * pair] = high
        groups[:, 2 * pair + 1] = remainder - high * np.uint64(_BASE)
    return groups


def _divided(limbs: list[np.ndarray]) -> np.ndarray:
    """Divide the limbs, the highest first, in place by 10^8 and give what remains."""
    remainder = np.zeros(len(limbs[0]), np.uint64)
    for position, limb in enumerate(limbs):
        joined = (remainder << _LIMB_BITS) | limb
        limbs[position] = joined // _DOUBLE_BASE
        remainder = joined - limbs[position] * _DOUBLE_BASE
    return remainder


def _multiplied(limbs: list[np.ndarray], factor: int) -> list[np.ndarray]:
    product: list[np.ndarray] = []
    carry = np.zeros(len(limbs[0]), np.uint64)
    for limb in reversed(limbs):
        joined = limb * np.uint64(factor) + carry
        product.append(joined & _LIMB_MASK)
        carry = joined >> _LIMB_BITS
    return [carry, *reversed(product)]


def _limbs(array: pa.Array) -> tuple[list[np.ndarray], np.ndarray]:
    """Magnitudes as limbs of 32 bits, the highest first, and who is negative."""
    words = _words(array)
    negative = words[:, -1].view(np.int64) < 0
    halves = np.ascontiguousarray(words).view(np.uint32).astype(np.uint64)
    carry = negative.astype(np.uint64)
    limbs = []
    for column in range(halves.shape[1]):
        # Two's complement of the negative ones: turn all bits, add one.
        limb = np.where(negative, halves[:, column] ^ _LIMB_MASK, halves[:, column]) + carry
        limbs.append(limb & _LIMB_MASK)
        carry = limb >> _LIMB_BITS
    return limbs[::-1], negative


def _words(array: pa.Array) -> np.ndarray:
    width = array.type.bit_width // 64
    return raw_values(array, f"V{8 * width}").view(np.uint64).reshape(-1, width)
