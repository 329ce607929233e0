/** What the sample shop sells: categories with the words that its product names are made of. */

export interface Category {
  readonly name: string;
  readonly department: string;
  /** Month of the peak (0 is January) and strength of the season, 0 to 1. */
  readonly peak: number;
  readonly season: number;
  /** Used up and bought again. */
  readonly consumable: boolean;
  readonly kinds: readonly string[];
  readonly nouns: readonly string[];
  readonly variants: readonly string[];
}

const COLOURS = "black|navy|rust|moss green|oat|slate grey|mustard|berry|off-white|dusty rose";
const SIZES = "small|medium|large|set of 2|set of 4|set of 6";

/** Department and category; month of the peak; season; kinds; nouns; variants: any may meet. */
// deno-fmt-ignore
const TABLE: readonly [string, number, number, string, string, string][] = [
  ["Clothing/Socks", 11, 0.4, "Merino|Ribbed cotton|Bamboo|Cushioned wool|Cashmere-blend|Organic cotton", "crew sock|ankle sock|knee sock|hiking sock|slipper sock|no-show sock", COLOURS],
  ["Clothing/Knitwear", 10, 0.7, "Lambswool|Merino|Cable-knit|Alpaca-blend|Boiled wool|Recycled wool", "jumper|cardigan|roll neck|slipover|poncho|half-zip", COLOURS],
  ["Clothing/T-shirts", 5, 0.5, "Organic cotton|Slub|Heavyweight|Hemp|Striped|Linen-blend", "T-shirt|long-sleeve top|pocket tee|tank top|henley", COLOURS],
  ["Clothing/Trousers", 8, 0.2, "Linen|Canvas|Corduroy|Stretch twill|Selvedge denim|Wool flannel", "trousers|chinos|wide-leg trousers|jeans|shorts|dungarees", COLOURS],
  ["Clothing/Dresses", 5, 0.6, "Linen|Crepe|Jersey|Poplin|Viscose|Denim", "shirt dress|wrap dress|midi dress|pinafore|maxi skirt", COLOURS],
  ["Clothing/Outerwear", 10, 0.7, "Waxed cotton|Down|Quilted|Wool|Waterproof|Fleece-lined", "jacket|parka|gilet|rain coat|overshirt|duffle coat", COLOURS],
  ["Clothing/Hats and scarves", 11, 0.8, "Lambswool|Merino|Mohair|Ribbed|Fleece|Checked", "beanie|scarf|gloves|mittens|headband|snood", COLOURS],
  ["Clothing/Nightwear", 11, 0.4, "Brushed cotton|Silk|Jersey|Waffle|Flannel|Modal", "pyjamas|nightshirt|dressing gown|lounge trousers|sleep shorts", COLOURS],
  ["Shoes/Boots", 9, 0.6, "Leather|Suede|Waterproof|Shearling-lined|Rubber|Vegetable-tanned", "Chelsea boot|lace-up boot|wellington|hiking boot|desert boot", COLOURS],
  ["Shoes/Sandals", 5, 0.8, "Leather|Cork-soled|Woven|Recycled rubber|Suede|Nubuck", "sandal|slider|espadrille|clog|thong sandal", COLOURS],
  ["Shoes/Slippers", 11, 0.6, "Felt|Sheepskin|Corduroy|Boiled wool|Suede|Quilted", "slipper|slipper boot|mule|moccasin", COLOURS],
  ["Kitchen/Cookware", 10, 0.3, "Cast iron|Carbon steel|Enamelled|Tri-ply|Copper|Non-stick", "frying pan|casserole|saucepan|wok|griddle pan|roasting tin|stockpot", "20 cm|24 cm|26 cm|28 cm|30 cm|with lid"],
  ["Kitchen/Knives", 11, 0.2, "Forged|Damascus|Stainless|Carbon steel|Olive-handled|Ceramic", "chef's knife|paring knife|bread knife|santoku|carving knife|steak knife", "9 cm|15 cm|18 cm|20 cm|22 cm|boxed"],
  ["Kitchen/Baking", 10, 0.5, "Heavy-gauge|Non-stick|Enamelled|Stoneware|Carbon steel|Fluted", "loaf tin|cake tin|muffin tray|pie dish|bundt tin|flan tin", SIZES],
  ["Kitchen/Storage", 0, 0.3, "Glass|Enamel|Bamboo-lidded|Stackable|Airtight|Stoneware", "storage jar|lunch box|bread bin|canister|butter dish|cake stand", SIZES],
  ["Kitchen/Utensils", 11, 0.2, "Olive wood|Stainless|Maple|Beech|Brass|Walnut", "ladle|spatula|salad servers|serving spoon|tongs|pepper mill|honey dipper", SIZES],
  ["Tableware/Plates and bowls", 11, 0.3, "Stoneware|Porcelain|Speckled|Reactive glaze|Enamel|Hand-thrown", "dinner plate|side plate|pasta bowl|serving bowl|platter|cereal bowl", "ash|cobalt|sage|sand|ink|white, set of 4"],
  ["Tableware/Mugs", 11, 0.4, "Stoneware|Porcelain|Enamel|Hand-painted|Ribbed|Double-walled", "mug|espresso cup|latte cup|travel cup|teacup and saucer", "ash|cobalt|sage|sand|ink|set of 2"],
  ["Tableware/Glassware", 5, 0.3, "Recycled glass|Hand-blown|Cut-glass|Smoked|Ribbed|Stemless", "tumbler|wine glass|carafe|highball|coupe|water jug", SIZES],
  ["Coffee and tea/Coffee beans", 11, 0.2, "Single-origin|Dark roast|House blend|Washed|Natural|Decaf", "espresso beans|filter beans|ground coffee|coffee capsules|cold-brew pouches", "250 g|500 g|1 kg|box of 10|tasting set"],
  ["Coffee and tea/Tea", 10, 0.4, "Organic|Loose-leaf|Single-garden|Fair-trade|Hand-picked|Whole-leaf", "breakfast tea|earl grey|green tea|rooibos|chai|peppermint tea|oolong", "50 g|100 g|250 g|20 bags|80 bags|gift tin"],
  ["Coffee and tea/Brewing gear", 10, 0.3, "Glass|Stainless|Ceramic|Enamel|Copper|Cast iron", "dripper|cafetiere|kettle|teapot|milk jug|coffee scoop|tea strainer", "1 cup|2 cups|4 cups|8 cups|matt black|polished"],
  ["Pantry/Chocolate", 11, 0.6, "Dark|Milk|Salted caramel|Hazelnut|Orange|Single-estate", "chocolate bar|truffles|hot chocolate|cocoa nibs|pralines", "70 g|100 g|200 g|box of 12|box of 24"],
  ["Pantry/Oils and vinegars", 6, 0.2, "Organic|Garlic|Basil|Smoked|Lemon|Chilli", "olive oil|rapeseed oil|wine vinegar|cider vinegar|dressing", "250 ml|500 ml|750 ml|3 litres"],
  ["Pantry/Preserves", 8, 0.3, "Wild|Small-batch|Spiced|Orchard|Heather|Low-sugar", "blackberry jam|marmalade|honey|chutney|fruit curd|lingonberry compote", "110 g|225 g|340 g|gift set"],
  ["Pantry/Spices", 10, 0.2, "Smoked|Whole|Ground|Toasted|Wild|Organic", "paprika|cumin|sea salt|curry blend|cinnamon|za'atar|peppercorns", "40 g|80 g|150 g|refill"],
  ["Home textiles/Bed linen", 8, 0.2, "Washed linen|Percale|Sateen|Brushed cotton|Seersucker|Bamboo", "duvet cover|fitted sheet|pillowcase|bed set|valance", "single|double|king|super king|cot"],
  ["Home textiles/Towels", 5, 0.2, "Turkish cotton|Waffle|Linen|Quick-dry|Organic cotton|Striped", "bath towel|hand towel|bath sheet|bath mat|beach towel|tea towel", COLOURS],
  ["Home textiles/Throws and cushions", 10, 0.6, "Lambswool|Chunky-knit|Velvet|Linen|Herringbone|Tufted", "throw|cushion|cushion cover|blanket|bedspread|floor cushion", COLOURS],
  ["Home textiles/Rugs", 9, 0.2, "Jute|Flat-weave|Wool|Berber|Recycled cotton|Tufted", "rug|runner|doormat|hearth rug|stair runner", "60 x 90 cm|80 x 150 cm|120 x 180 cm|160 x 230 cm|round"],
  ["Home/Candles", 11, 0.7, "Lavender|Sandalwood|Cedar|Fig leaf|Sea salt|Bergamot", "candle|pillar candle|dinner candles|tealights|reed diffuser|room mist", "120 g|220 g|three wicks|refill|box of 6"],
  ["Home/Lighting", 10, 0.4, "Brass|Paper|Opal glass|Rattan|Concrete|Clip-on", "table lamp|pendant|floor lamp|wall light|desk lamp|string lights", "small|medium|large|black flex|dimmable"],
  ["Home/Baskets and boxes", 0, 0.3, "Seagrass|Willow|Felt|Wire|Rattan|Canvas", "laundry basket|storage basket|log basket|magazine holder|lidded box", SIZES],
  ["Home/Cleaning", 2, 0.2, "Plant-based|Unscented|Concentrated|Citrus|Lavender|Refillable", "washing-up liquid|laundry liquid|all-purpose spray|floor soap|glass cleaner", "500 ml|1 litre|5 litres|refill pouch"],
  ["Bath and body/Soap", 10, 0.2, "Oat|Tar|Goat's milk|Rosemary|Charcoal|Sea buckthorn", "soap bar|hand wash|shaving soap|bath salts|shower gel", "100 g|300 ml|500 ml|refill|gift box"],
  ["Bath and body/Skin care", 0, 0.3, "Calendula|Shea|Aloe|Rosehip|Fragrance-free|Cloudberry", "hand cream|body lotion|face oil|lip balm|night cream|cleansing balm", "15 ml|30 ml|75 ml|200 ml|twin pack"],
  ["Bath and body/Hair care", 5, 0.1, "Birch|Nettle|Argan|Rosemary|Volume|Gentle", "shampoo|conditioner|hair mask|hair oil|scalp scrub", "60 g|250 ml|500 ml|refill"],
  ["Outdoor/Camping", 6, 0.8, "Ultralight|Compact|Insulated|Folding|Packable|All-season", "tent|sleeping bag|sleeping mat|camp chair|tarp|hammock", "moss|forest|sand|rust|long|wide"],
  ["Outdoor/Packs and bags", 5, 0.5, "Roll-top|Waxed canvas|Recycled nylon|Waterproof|Packable|Leather-trimmed", "backpack|day pack|duffel|dry bag|bike pannier|belt bag", "12 litres|18 litres|25 litres|40 litres|65 litres"],
  ["Outdoor/Bottles and flasks", 6, 0.5, "Insulated|Stainless|Collapsible|Enamel|Wide-mouth|Glass", "water bottle|vacuum flask|food flask|camp mug|growler", "350 ml|500 ml|750 ml|1 litre"],
  ["Outdoor/Lamps and tools", 10, 0.3, "Rechargeable|Wind-up|Dimmable|Compact|Waterproof|Solar", "head torch|lantern|torch|camp light|bike light", "100 lumens|200 lumens|400 lumens|800 lumens|twin pack"],
  ["Garden/Seeds", 2, 0.9, "Heirloom|Organic|Open-pollinated|Hardy|Mixed|Early", "tomato seeds|sweet pea seeds|runner bean seeds|salad mix|sunflower seeds|herb seeds", "packet|seed tape|collection of 5|refill"],
  ["Garden/Pots and planters", 4, 0.7, "Terracotta|Glazed|Zinc|Fibre-clay|Recycled|Galvanised", "plant pot|planter|window box|seed tray|plant saucer", "10 cm|15 cm|20 cm|30 cm|set of 3"],
  ["Garden/Tools", 3, 0.7, "Ash-handled|Stainless|Carbon steel|Long-reach|Copper|Japanese", "hand trowel|secateurs|garden fork|hoe|pruning saw|dibber", SIZES],
  ["Garden/Birds and wildlife", 0, 0.5, "Cedar|Woodstone|Larch|Oak|Hanging|Squirrel-proof", "nest box|bird feeder|bird table|bee hotel|bird bath", "small|medium|large|with bracket|twin pack"],
  ["Toys/Wooden toys", 11, 0.8, "Beech|Rainbow|Lime-wood|Maple|Natural|Painted", "blocks|train set|puzzle|animal set|marble run|shape sorter", "12 pieces|24 pieces|48 pieces|starter set|extension set"],
  ["Toys/Soft toys", 11, 0.7, "Organic cotton|Knitted|Corduroy|Plush|Weighted|Hand-sewn", "rabbit|bear|fox|elephant|comforter|hand puppet", "tiny|small|large|with rattle"],
  ["Toys/Games and puzzles", 11, 0.8, "Travel|Illustrated|Cooperative|Classic|Party|Family", "card game|jigsaw|memory game|board game|dominoes|dice game", "54 cards|100 pieces|500 pieces|1,000 pieces|ages 4 to 8"],
  ["Baby/Clothes", 4, 0.2, "Organic cotton|Merino|Ribbed|Muslin|Velour|Printed", "bodysuit|sleepsuit|leggings|bonnet|romper|bib", "newborn|0-3 months|3-6 months|6-12 months|12-18 months"],
  ["Baby/Nursery", 3, 0.1, "Muslin|Quilted|Cellular|Bamboo|Padded|Wool", "swaddle|sleeping bag|cot sheet|changing mat|play mat|blanket", "grey|sand|sage|with stars|pack of 3"],
  ["Stationery/Notebooks", 8, 0.4, "Dotted|Lined|Hardback|Recycled|Stitched|Leather-bound", "notebook|planner|sketchbook|address book|guest book", "A4|A5|A6|pocket|pack of 3"],
  ["Stationery/Pens and paper", 8, 0.3, "Japanese|Recycled|Letterpress|Cotton|Botanical|Marbled", "greeting card|wrapping paper|letter set|washi tape|postcards|gift tags", "single|assorted|pack of 5|pack of 10|roll of 3"],
  ["Pets/Dogs", 11, 0.3, "Leather|Waxed cotton|Rope|Padded|Reflective|Tweed", "dog lead|dog collar|harness|dog bed|dog coat", "small|medium|large|navy|moss green"],
  ["Pets/Cats", 11, 0.2, "Sisal|Felt|Wicker|Woven|Wool|Jute", "cat cave|cat bed|scratcher|cat mat|cat basket", "small|large|grey|oat"],
  ["Pets/Pet food", 11, 0.1, "Grain-free|Slow-dried|Chicken|Salmon|Senior|Sensitive", "dog treats|cat treats|dry dog food|dry cat food|training treats", "80 g|150 g|400 g|2 kg|7 kg"],
];

const CONSUMABLE = new Set(
  "Coffee beans|Tea|Chocolate|Oils and vinegars|Preserves|Spices|Candles|Cleaning|Soap|Skin care|Hair care|Seeds|Pet food"
    .split("|"),
);

export const CATEGORIES: readonly Category[] = TABLE.map(
  ([path, peak, season, kinds, nouns, variants]) => {
    const [department = path, name = path] = path.split("/");
    return {
      name,
      department,
      peak,
      season,
      consumable: CONSUMABLE.has(name),
      kinds: kinds.split("|"),
      nouns: nouns.split("|"),
      variants: variants.split("|"),
    };
  },
);

/** Product lines, as shops call them: invented places. */
export const LINES: readonly string[] =
  "Fjellby|Askvik|Bramsund|Dalholm|Elvstad|Furuheim|Grindal|Havnes|Isfoss|Kallmark|Lindeby|Myrdalen|Nesvang|Oterskog|Pilvik|Rossholm|Skarnes|Tindvoll|Ulvsund|Vassby|Ostergard|Harrowmere|Penwick|Thornby|Ashcombe|Wrenfield|Larkhill|Millbeck|Coldbrook|Elderstow|Marrowdale|Fennimore|Quillhurst|Sedgeley|Tamsin|Underwood|Verrault|Montclar|Belrive|Castagne"
    .split("|");

/** Invented brands; each department gets a few of them. */
export const BRANDS: readonly string[] =
  "Nordlind & Daughters|Hollin Works|Brae & Tarn|Oddvar Mill|Juniper Row|Stillwater Goods|Kestrel & Pine|Tallow Lane|Moorgate Supply|Pebble and Thread|Aldermoss|Copperfin|Wickham Loom|Saltrock House|Fernhollow|Grey Heron Co.|Larch & Linen|Bluestem|Old Quay Trading|Hearthling|Dovetail Yard|Sorrel & Sons|Marsh Lantern|Tinder Hill|Whitebeam|Cobble & Co.|Northing|Rushlight|Birdwood|Plum Harbour|Ochre Barn|Windfall Studio|Lowland Craft|Sparrow Street|Teasel|Umber & Oak|Havendish|Little Bothy|Greyling|Amberley Forge|Kindlewick|Silverside|Foxglove Dairy|Quarry Bank|Netherby|Rowan & Reed|Stonecrop|Velloway"
    .split("|");
