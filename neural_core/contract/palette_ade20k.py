# SPDX-License-Identifier: Apache-2.0
"""The 150 classes of ADE20K's SceneParsing benchmark, in its order; 0 is "other objects".

Colours are our own: the published ones give two classes the same grey.
"""

from __future__ import annotations

from .palette import palette_from_table

ADE20K = palette_from_table(
    "ade20k",
    """
    1 e64622 wall
    2 7987f2 building: edifice
    3 528c2a sky
    4 b81c88 floor: flooring
    5 73e4e6 tree
    6 f2c349 ceiling
    7 48158c road: route
    8 5cb868 bed
    9 e6455e windowpane: window
    10 2480f2 grass
    11 7a8c46 cabinet
    12 b437b8 sidewalk: pavement
    13 22e6a7 person: individual, someone, somebody, mortal, soul
    14 f2a879 earth: ground
    15 332a8c door: double door
    16 3ab81c table
    17 e673ab mountain: mount
    18 49cdf2 plant: flora, plant life
    19 8c8415 curtain: drape, drapery, mantle, pall
    20 965cb8 chair
    21 45e67c car: auto, automobile, machine, motorcar
    22 f22f24 water
    23 46578c painting: picture
    24 7bb837 sofa: couch, lounge
    25 e622c3 shelf
    26 79f2e4 house
    27 8c642a sea
    28 4b1cb8 mirror
    29 73e674 rug: carpet, carpeting
    30 f24979 field
    31 15598c armchair
    32 abb85c seat
    33 cc45e6 fence: fencing
    34 24f296 desk
    35 8c5846 rock: stone
    36 373bb8 wardrobe: closet, press
    37 62e622 lamp
    38 f279c4 bathtub: bathing tub, bath, tub
    39 2a838c railing: rail
    40 b8981c cushion
    41 ad73e6 base: pedestal, stand
    42 49f26d box
    43 8c151e column: pillar
    44 5c7eb8 signboard: sign
    45 afe645 chest of drawers: chest, bureau, dresser
    46 f224e8 counter
    47 468c7b sand
    48 b87337 sink
    49 4422e6 skyscraper
    50 87f279 fireplace: hearth, open fireplace
    51 8c2a52 refrigerator: icebox
    52 1c89b8 grandstand: covered stand
    53 e5e673 path
    54 c249f2 stairs: steps
    55 158c47 runway
    56 b8685c case: display case, showcase, vitrine
    57 455fe6 pool table: billiard table, snooker table
    58 81f224 pillow
    59 8c467a screen door
    60 37b8b3 stairway: staircase
    61 e6a622 river
    62 a779f2 bridge: span
    63 2a8c33 bookcase
    64 b81c3b blind
    65 73ace6 coffee table: cocktail table
    66 cef249 toilet: can, commode, crapper, potty, throne
    67 83158c flower
    68 5cb896 book
    69 e67b45 hill
    70 2e24f2 bench
    71 578c46 countertop
    72 b8377c stove: kitchen stove, range, kitchen range, cooking stove
    73 22c4e6 palm: palm tree
    74 f2e479 kitchen island
    75 642a8c computer: computing machine, computing device, data processor, electronic computer
    76 1cb84a swivel chair
    77 e67373 boat
    78 497af2 bar
    79 5a8c15 arcade machine
    80 b85cac hovel: hut, hutch, shack, shanty
    81 45e6cb bus: autobus, coach, charabanc, double-decker, jitney, motorbus, motorcoach, omnibus
    82 f29424 towel
    83 58468c light: light source
    84 3cb837 truck: motortruck
    85 e62263 tower
    86 79c5f2 chandelier: pendant, pendent
    87 848c2a awning: sunshade, sunblind
    88 971cb8 streetlight: street lamp
    89 73e6ac booth: cubicle, stall, kiosk
    90 f26c49 television: television receiver, television set, tv, tv set, idiot box, boob tube
    91 151f8c airplane: aeroplane, plane
    92 7eb85c dirt track
    93 e645b0 apparel: wearing apparel, dress, clothes
    94 24e9f2 pole
    95 8c7b46 land: soil
    96 7237b8 bannister: banister, balustrade, balusters, handrail
    97 22e643 escalator: moving staircase, moving stairway
    98 f27988 ottoman: pouf, pouffe, puff, hassock
    99 2a538c bottle
    100 8ab81c buffet: sideboard
    101 e673e5 poster: posting, placard, notice, bill, card
    102 49f2c1 stage
    103 8c4715 van
    104 675cb8 ship
    105 60e645 fountain
    106 f22483 conveyer belt: conveyor belt, conveyer, conveyor, transporter
    107 467b8c canopy
    108 b8b237 washer: automatic washer, washing machine
    109 a422e6 plaything: toy
    110 79f2a6 swimming pool: swimming bath, natatorium
    111 8c322a stool
    112 1c3cb8 barrel: cask
    113 ace673 basket: handbasket
    114 f249cf waterfall: falls
    115 158c82 tent: collapsible shelter
    116 b8955c bag
    117 7a45e6 minibike: motorbike
    118 24f22d cradle
    119 8c4658 oven
    120 377db8 ball
    121 c5e622 food: solid food
    122 e379f2 step: stair
    123 2a8c63 tank: storage tank
    124 b8491c trade name: brand name, brand, marque
    125 7373e6 microwave: microwave oven
    126 7bf249 pot: flowerpot
    127 8c155b animal: animate being, beast, brute, creature, fauna
    128 5cacb8 bicycle: bike, wheel, cycle
    129 e6ca45 lake
    130 9324f2 dishwasher: dish washer, dishwashing machine
    131 468c57 screen: silver screen, projection screen
    132 b8373d blanket: cover
    133 2264e6 sculpture
    134 c5f279 hood: exhaust hood
    135 8c2a84 sconce
    136 1cb896 vase
    137 e6ac73 traffic light: traffic signal, stoplight
    138 6b49f2 tray
    139 208c15 ashcan: trash can, garbage can, wastebin, ash bin, dustbin, trash barrel, trash bin
    140 b85c7f fan
    141 45b1e6 pier: wharf, wharfage, dock
    142 ebf224 crt screen
    143 7a468c plate
    144 37b871 monitor: monitoring device
    145 e64222 bulletin board: notice board
    146 7989f2 shower
    147 548c2a radiator
    148 b81c8b glass: drinking glass
    149 73e6e5 clock
    150 f2c049 flag
    """,
    background_id=3,
)
