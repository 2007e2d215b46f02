# SPDX-License-Identifier: Apache-2.0
"""The labels of COCO-Stuff: things 1-91, stuff 92-182, ids as in its labels.txt.

Eleven of the things have no pixel in the data (hat, street sign, shoe ...): the ids are COCO's.
"""

from __future__ import annotations

from .palette import palette_from_table

COCO_STUFF = palette_from_table(
    "coco_stuff",
    """
    1 3ee622 person: pedestrian, man, woman, child
    2 f279ad bicycle: bike
    3 2a718c car
    4 b8b51c motorcycle: motorbike
    5 c273e6 airplane: plane
    6 49f28d bus
    7 8c2215 train
    8 5c6db8 truck
    9 91e645 boat
    10 f224c2 traffic light
    11 468c88 fire hydrant
    12 b88b37 street sign
    13 6822e6 stop sign
    14 79f281 parking meter
    15 8c2a40 bench
    16 1c6cb8 bird
    17 d0e673 cat
    18 e149f2 dog
    19 158c5d horse
    20 b8795c sheep
    21 4945e6 cow
    22 5bf224 elephant
    23 8c466d bear
    24 37a4b8 zebra
    25 e6ca22 giraffe
    26 be79f2 hat
    27 2a8c45 backpack
    28 b81c1e umbrella
    29 7396e6 shoe
    30 aff249 eye glasses
    31 8c1580 handbag
    32 5cb8a7 tie
    33 e69945 suitcase
    34 5424f2 frisbee
    35 4a8c46 skis
    36 b83764 snowboard
    37 22a0e6 sports ball
    38 ebf279 kite
    39 762a8c baseball bat
    40 1cb866 baseball glove
    41 e68873 skateboard
    42 495af2 surfboard
    43 448c15 tennis racket
    44 b85c9b bottle
    45 45e2e6 plate
    46 f2ba24 wine glass
    47 65468c cup
    48 37b84a fork
    49 e6223f knife
    50 79aef2 spoon
    51 728c2a bowl
    52 b41cb8 banana
    53 73e6c2 apple
    54 f28c49 sandwich
    55 21158c orange
    56 6db85c broccoli
    57 e64592 carrot
    58 24c3f2 hot dog
    59 8c8846 pizza
    60 8a37b8 donut
    61 22e667 cake
    62 f28079 chair
    63 2a418c couch: sofa
    64 6db81c potted plant
    65 e673d0 bed
    66 49f2e0 mirror
    67 8c5d15 dining table
    68 785cb8 window
    69 45e648 desk
    70 f2245d toilet
    71 466e8c door
    72 a5b837 tv: television, monitor
    73 c822e6 laptop
    74 79f2bd mouse
    75 8c442a remote
    76 1c1fb8 keyboard
    77 97e673 cell phone: phone
    78 f249b0 microwave
    79 15808c oven
    80 b8a65c toaster
    81 9845e6 sink
    82 24f253 refrigerator: fridge
    83 8c464b blender
    84 3765b8 book
    85 a1e622 clock
    86 f279eb vase
    87 2a8c75 scissors
    88 b8651c teddy bear
    89 8873e6 hair drier
    90 5bf249 toothbrush
    91 8c1545 hair brush
    92 5c9bb8 banner
    93 e3e645 blanket
    94 b924f2 branch
    95 468c64 bridge
    96 b84937 building-other: building
    97 2240e6 bush
    98 aff279 cabinet
    99 8c2a72 cage
    100 1cb8b3 cardboard
    101 e6c173 carpet
    102 8b49f2 ceiling-other: ceiling
    103 158c21 ceiling-tile
    104 b85c6e cloth
    105 4593e6 clothes
    106 c5f224 clouds
    107 87468c counter
    108 37b889 cupboard
    109 e66622 curtain
    110 8079f2 desk-stuff
    111 418c2a dirt
    112 b81c6e door-stuff
    113 73d1e6 fence
    114 f2df49 floor-marble
    115 5c158c floor-other: floor
    116 5cb878 floor-stone
    117 e64745 floor-tile
    118 245ef2 floor-wood
    119 6e8c46 flower
    120 b837a6 fog
    121 22e6c7 food-other: food
    122 f2bc79 fruit
    123 442a8c furniture-other: furniture
    124 20b81c grass
    125 e67398 gravel
    126 49b1f2 ground-other: ground, terrain
    127 818c15 hill
    128 a55cb8 house
    129 45e697 leaves
    130 f25124 light
    131 464b8c mat
    132 66b837 metal
    133 e622a3 mirror-stuff
    134 79ecf2 moss
    135 8c752a mountain
    136 651cb8 mud
    137 73e687 napkin
    138 f2495c net
    139 15468c paper
    140 9cb85c pavement: sidewalk
    141 e645e4 pillow
    142 24f2b8 plant-other: plant
    143 8c6446 plastic
    144 4837b8 platform
    145 41e622 playingfield
    146 f279b0 railing
    147 2a738c railroad
    148 b8b21c river
    149 c073e6 road
    150 49f28a rock
    151 8c2015 roof
    152 5c6eb8 rug
    153 94e645 salad
    154 f224c6 sand
    155 468c87 sea
    156 b88837 shelf
    157 6522e6 sky-other: sky
    158 79f27f skyscraper
    159 8c2a42 snow
    160 1c6fb8 solid-other
    161 d2e673 stairs
    162 de49f2 stone
    163 158c5b straw
    164 b8775c structural-other
    165 4645e6 table
    166 5ff224 tent
    167 8c466f textile-other
    168 37a7b8 towel
    169 e6c622 tree
    170 bb79f2 vegetable
    171 2a8c43 wall-brick
    172 b81c21 wall-concrete
    173 7398e6 wall-other: wall
    174 b2f249 wall-panel
    175 8c1582 wall-stone
    176 5cb8a5 wall-tile
    177 e69645 wall-wood
    178 5024f2 water-other: water
    179 4c8c46 waterdrops
    180 b83767 window-blind
    181 22a4e6 window-other
    182 edf279 wood
    """,
    background_id=157,
)
