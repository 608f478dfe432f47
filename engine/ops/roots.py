"""The square root of float32 numbers as torch's library computes it on AMD processors.

MKL takes the processor's approximation of 1 / sqrt(x), which has 12 bits, and improves it by two steps of Newton's
method whose products are rounded: one result in six differs from the nearest float32, and a training loop with Adam
carries that on. The approximation is the processor's own; it is kept here as its difference from the nearest number.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache
from typing import Any

import numpy as np

from engine.node import Raw

Array = np.ndarray[Any, Any]

_CELLS = 8192
"""Cells of the approximation: 4096 for numbers in [1, 2), as many in [2, 4), and so on for all powers of 4."""
_DIFFERENCES = (
    b"c-qZbi+1cF2!#3nkM2F)D6awCc2CbunoX=QfKeQc$m`JOkVAPLcn&L{<U4&PU-"
    b"b{ir0?;?+1LEM{2{Sg{l+44DOS6K*a`PWF5%FaA3t0ha(OASqxg=kj_3DL6SK%)4bmghBd=#~(f!D`+_x*+AFdzeNq=)KU?5u+?phG9>"
    b"$_P+-6eC^`)xVdL-NO(a9t9hUP4>Gyq#SCvi2BdJ=&07?Xf)z^1}PVR<x&xcURV0P9{iCdi-"
    b"0_cKRjqCG#j2LtQ=7FZe>T#gY$t8{g>@oOknN<L<JCQ1&tBmILd+!tqRhmZ$hrebF!Y;_UC_Snv=M6E^0$IUR|)_b|4VCT>NIag?w4Vg"
    b"c?4c@lv6>*9%RU@)*V&gV-}vTNbQROj(Xz2<r%G4ycI)0$-J@=pF{g!~WZ?Qq`5dx)(W|1v#ia`F<>njbi9JnvT@>oL|(`0SOZ{-"
    b"5x|oGE2=A$f(I4t7ES)o;f?h;!B1YOg8dP;T_SJta9IW*mw6Zowg;!oR|pZahB0BPq-"
    b"4izb4D3;BZIjv{yo@X68Yaj35}`CRXLr_KJKl5hMqLSxh-GeBX4y+ULcfXrgtKNHgz)!yaH*|klMcX+8el+b3J7oIy7A8;Z<fnX^{e7~"
    b"3*a1I36=`*_>b7xHa@!;P|!4?Z)<*+PT?8dxv`HI=E;e%N}v-nysq<&hx!UKd}t%zJ)SQq$FdE=FronBiQj7eX-epx6de67h7Pkd5mRi"
    b"tdTZbV)Nu1n`VKI<LJ+Lbxi)dP3dvIqcMY%Y0WQ#!_mgV(42y{4E%(qvvs5P5%&_WqFFzOj`T+`q)3@;7W=C>iklPIc-WQivoHe~il|C"
    b"f`uk#EhIh*9C<T*?Inhb|K%5z=pR*5<ktGAzf77O7IT)-"
    b"oIklrzgqzj!l6f?aq8r4}6bgX_PI}TlofG9C?$vm)hu;Ezp)#A+f;zjt|{GPRhgxZY5EgX8W4%12IPAB$;v0^;0AuRbI&UVcgSV8<teD"
    b"smGyS6Wt8)(e2GkyuXv@`ZXTu|0-FWS08*Yn)||H`%QVo@BM3fQ`j%}9|`E5e82379h$5XCcI`#nd-L-"
    b"hAr6H>pm1vd@b9(xWcnrjjy%$<NAtU?fZ{|!GBS*$?I(94`7Yl{yOzrc|Ojvo_!4yJ?ayTWM8-+a{k1E{sOs@y}{;meeU=ICpIJ@"
)
"""For each cell 0, 1 or 2: one below, at or one above the nearest multiple of 2 ** -13 to 1 / sqrt of its middle."""
_HALF = np.float32(0.5)
_SMALLEST, _RANGE = np.uint32(0x00800000), np.uint32(0x7F000000)


@cache
def _approximations() -> Array:
    """The bits of the approximation for each cell: those of [2, 4) first, whose exponent's last bit is 0."""
    cells = np.arange(_CELLS // 2) + 0.5
    middles = np.concatenate([1 + cells / (_CELLS // 2), 2 + cells / (_CELLS // 4)])
    differences = np.frombuffer(zlib.decompress(base64.b85decode(_DIFFERENCES)), np.uint8).astype(np.int64) - 1
    approximations = ((np.rint(_CELLS / np.sqrt(middles)) + differences) / _CELLS).astype(np.float32)
    bits = approximations.view(np.uint32)
    return np.concatenate([bits[_CELLS // 2 :], bits[: _CELLS // 2]])


def sqrt(x: Raw) -> Raw:
    """The square root; of anything but float32 the nearest number."""
    if x.dtype != np.float32:
        return np.sqrt(x)
    if not x.ndim:
        return np.float32(_sqrt(np.array([x]))[0])
    return _sqrt(np.ascontiguousarray(x))


def _sqrt(x: Array) -> Array:
    bits = x.view(np.uint32)
    approximation = _approximations()[(bits >> 11) & (_CELLS - 1)]
    # sqrt(4 ** k * x) is 2 ** k * sqrt(x): the exponent of the approximation is less by k.
    approximation -= ((((bits >> 23) + 1) >> 1) - 64) << 23
    y = approximation.view(np.float32)
    root = x * y
    half = y * _HALF
    rest = _HALF - root * half
    root = root + root * rest
    half = half + half * rest
    root = root + (x - root * root) * half
    irregular = bits - _SMALLEST >= _RANGE
    if irregular.any():
        # Zero, subnormal, infinite, negative numbers and nan.
        root = np.where(irregular, np.sqrt(x), root)
    return np.asarray(root)
