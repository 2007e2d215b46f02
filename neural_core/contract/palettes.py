# SPDX-License-Identifier: Apache-2.0
"""The palettes that ship. Ids and names of `street` and `cityscapes` are Cityscapes' labelIds."""

from __future__ import annotations

from .palette import palette_from_table

STREET = palette_from_table(
    "street",
    """
    7 804080 road: street, asphalt, lane
    8 f423e8 sidewalk: pavement, kerb, curb, footpath
    11 464646 building: house, facade, tower, shop, skyscraper
    13 be9999 fence: railing, barrier
    17 999999 pole: lamp, lamppost, post, streetlight, street light, street lamp
    19 faaa1e traffic light: signal
    20 dcdc00 traffic sign: sign
    21 6b8e23 vegetation: tree, bush, hedge, plant, shrub, leaves
    22 98fb98 terrain: grass, ground, hill, lawn, soil
    23 4682b4 sky
    24 dc143c person: pedestrian, human, man, woman, child, people
    26 00008e car: sedan, hatchback, suv, van, taxi, vehicle, coupe
    27 000046 truck: lorry, pickup
    28 003c64 bus: coach
    33 770b20 bicycle: bike, cycle
    40 ffffff road marking: marking, zebra, crosswalk, stripe
    """,
    background_id=23,
)

CITYSCAPES = palette_from_table(
    "cityscapes",
    """
    1 000000 ego vehicle
    2 000000 rectification border
    3 000000 out of roi
    4 141414 static
    5 6f4a00 dynamic
    6 51004f ground
    7 804080 road: street, asphalt
    8 f423e8 sidewalk: pavement, kerb
    9 faaaa0 parking
    10 e6968c rail track: rails
    11 464646 building: house, facade
    12 66669c wall
    13 be9999 fence
    14 b4a5b4 guard rail
    15 966464 bridge
    16 96785a tunnel
    17 999999 pole: lamppost, post
    18 999990 polegroup
    19 faaa1e traffic light
    20 dcdc00 traffic sign: sign
    21 6b8e23 vegetation: tree, bush, hedge
    22 98fb98 terrain: grass
    23 4682b4 sky
    24 dc143c person: pedestrian, man, woman
    25 ff0000 rider
    26 00008e car: sedan, van
    27 000046 truck: lorry
    28 003c64 bus
    29 00005a caravan
    30 00006e trailer
    31 005064 train: tram
    32 0000e6 motorcycle: motorbike
    33 770b20 bicycle: bike
    """,
    background_id=23,
)

ROOM = palette_from_table(
    "room",
    """
    1 aec7e8 wall
    2 98df8a floor: carpet
    3 c7c7c7 ceiling
    4 1f77b4 cabinet: wardrobe, cupboard, dresser
    5 ffbb78 bed
    6 bcbd22 chair: stool
    7 8c564b sofa: couch, settee
    8 ff9896 table
    9 d62728 door
    10 c5b0d5 window
    11 9467bd shelf: bookshelf, bookcase
    12 c49c94 picture: painting, poster
    13 17becf counter: worktop
    14 f7b6d2 desk
    15 dbdb8d curtain: drape
    16 ff7f0e refrigerator: fridge
    17 9edae5 television: tv, screen, monitor
    18 2ca02c plant: flower
    19 e377c2 rug: carpet rug, mat
    20 e7cb94 lamp: light, chandelier
    21 5254a3 mirror
    22 6b6ecf pillow: cushion
    """,
)

FIGURE = palette_from_table(
    "figure",
    """
    1 ff5500 hair: hat
    2 0055ff face: head, sunglasses
    3 ffaa88 skin: torso skin, arm, leg, hand
    4 00aa55 top: shirt, dress, coat, glove, scarf, jacket
    5 5500aa bottom: trousers, pants, skirt
    6 aaaa00 socks: sock
    7 00aaff shoes: shoe, boot
    8 808080 background: backdrop, studio
    """,
    background_id=8,
)
