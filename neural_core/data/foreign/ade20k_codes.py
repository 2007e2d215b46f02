# SPDX-License-Identifier: Apache-2.0
"""Class codes of the full ADE20K, as the SceneParsing benchmark merged them into its 150."""

from __future__ import annotations

FULL_CLASSES = 3688
"""Codes count from 1 to here in the release of 2021; that of 2016 knows fewer."""

# In the order of the 150 classes: the code of the full set, or the codes with a comma between.
_CODES = """
2978 312 2420 976 2855 447 2131 165 3055 1125 350 2377 1831 838 774,783 2684 1610 1910 687 471
401 2994 1735 2473 2329 1276 2264 1564 2178 913 57 2272 907 724 2138 2985,533 1395 155 2053 689
137 266 581 2380 491 627 2212 2388 2423 943 2096 1121 1788 2530 2185 420 1948 1869 2251 2531
2128 294 239 212 571 2793 978 236 1240 181 629 2598 1744 1374 591 2679 223 123 47 1282 327 2821
1451 2880 2828 480 77 2616 246,247 2733 14 738 38 1936 1401 120 868 1702 249 308 1969 2526 2928
2337 1023 609 389 2989 1930 2668 2586 131 146 3016 2739 95 1563 642 1708 103 1002 2569 2704 2833
1551 1981 29 187 1393 747 2254 206 2262 1260 2243 2932 2836 2850 64 894 1858 3109 1919 1583 318
2356 2046 1098 530 954
"""

SCENE_PARSING_OF_FULL: dict[int, int] = {
    int(code): class_id
    for class_id, codes in enumerate(_CODES.split(), 1)
    for code in codes.split(",")
}
"""Code of the full set -> class id of SceneParsing; codes that are not here have none."""
