/** @file Word lists from which names and texts are drawn; none is a keyword in a common language. */

/** Things a program may keep a list of; all take a regular plural. */
export const nouns = [
  ..."account actor album amount answer asset author balance basket batch bill bonus".split(" "),
  ..."book booking budget camera card cell channel chapter city client color column".split(" "),
  ..."comment contact country coupon course customer device discount district driver duty".split(
    " ",
  ),
  ..."editor employee engine expense factor fee flight folder frame game garden grade grant".split(
    " ",
  ),
  ..."group guest height hotel house image invoice item journey keyword layer lesson letter".split(
    " ",
  ),
  ..."loan market meal meeting member message meter mission model movie note offer office".split(
    " ",
  ),
  ..."order owner page panel parcel partner patient payment person phone photo picture".split(" "),
  ..."pixel place planet plant player point portal post price prize product profile project".split(
    " ",
  ),
  ..."quota rating reading recipe record refund region rental report review reward room".split(" "),
  ..."route salary sample score screen season seat section sensor session shift shop signal".split(
    " ",
  ),
  ..."singer skill speed staff station stock store story street student subject survey".split(" "),
  ..."symbol task tax teacher team ticket topic tower track trader train travel trip truck".split(
    " ",
  ),
  ..."user vehicle vendor venue visit visitor volume vote wallet ward weight window worker".split(
    " ",
  ),
];

/** What sets one thing apart from another. */
export const qualities = [
  ..."active annual archived basic billed cached central closed common current daily".split(" "),
  ..."delayed direct early empty extra fast final first foreign global hidden idle".split(" "),
  ..."initial joint known large last late latest local main major manual middle minor".split(" "),
  ..."missing monthly nearest next old open outer paid pending prior quick recent remote".split(
    " ",
  ),
  ..."rented second shared short signed single small sold spare special stored top unused".split(
    " ",
  ),
  ..."upper urgent valid visible weekly young".split(" "),
];

/** Short texts for literals. */
export const fragments = [
  ..."alpha apple arrow beta blue bravo cedar cloud coral delta eagle echo ember fern".split(" "),
  ..."gamma gold green hazel iron ivory jade kilo lemon lima linen maple mint north oak".split(" "),
  ..."olive omega onyx pearl pine plum quartz red river rose ruby sand sierra silver sky".split(
    " ",
  ),
  ..."south stone tango tiger topaz umber velvet violet west willow zeta zinc".split(" "),
];

/** Names for a running result. */
export const accumulators = ["total", "result", "score", "amount", "outcome", "tally"];

/** Names for a counter. */
export const counters = ["count", "number", "hits", "found", "matches", "tally"];

/** Names for a bound passed by the caller. */
export const bounds = ["limit", "threshold", "minimum", "bound", "cutoff", "level"];

/** Names for a list being built. */
export const results = ["result", "output", "selected", "kept", "collected", "picked"];

/** Names for a text. */
export const textNames = ["text", "name", "title", "line", "phrase", "word", "content", "caption"];

/** Separators between joined texts. */
export const separators = [", ", "-", ";", " ", "/", ":", "|", "."];

/** Letters for single-character literals. */
export const letters = [..."abcdefghijklmnoprstuvw"];
