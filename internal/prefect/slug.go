package prefect

import "math/rand/v2"

// The words of generated names. A name is an adjective and an animal, like the names that people know from Prefect.
//
//nolint:gochecknoglobals // Go has no constant arrays
var (
	slugAdjectives = [...]string{
		"able", "agile", "airy", "alert", "ample", "amber", "apt", "ardent", "azure", "balmy", "bold", "brave", "breezy", "bright",
		"brisk", "broad", "calm", "candid", "cheery", "civil", "clear", "clever", "cobalt", "cosmic", "cozy", "crisp", "curious",
		"daring", "dapper", "deft", "eager", "early", "earnest", "easy", "elated", "epic", "exact", "fair", "fancy", "fearless",
		"festive", "firm", "fleet", "fluent", "fond", "frank", "free", "fresh", "gentle", "giddy", "glad", "golden", "grand",
		"happy", "hardy", "hearty", "humble", "ideal", "ivory", "jade", "jolly", "jovial", "keen", "kind", "lively", "loyal",
		"lucid", "lucky", "mellow", "merry", "mighty", "mild", "modest", "neat", "nimble", "noble", "opal", "open", "patient",
		"placid", "plucky", "polite", "prime", "proud", "quick", "quiet", "rapid", "ready", "regal", "robust", "rosy", "royal",
		"ruby", "sage", "serene", "sharp", "silent", "silver", "sincere", "snug", "solid", "spry", "stable", "steady", "stout",
		"sunny", "super", "sure", "swift", "tidy", "true", "upbeat", "vivid", "warm", "wise", "witty", "zesty",
	}
	slugAnimals = [...]string{
		"albatross", "alpaca", "ant", "antelope", "avocet", "badger", "bat", "bear", "beaver", "bee", "beetle", "bison", "boar",
		"bobcat", "buffalo", "bustard", "camel", "capybara", "caracal", "caribou", "cat", "cheetah", "chough", "civet", "cobra",
		"condor", "coot", "coyote", "crab", "crane", "cricket", "crow", "curlew", "deer", "dingo", "dolphin", "dormouse", "dove",
		"duck", "eagle", "eel", "egret", "eider", "elk", "falcon", "ferret", "finch", "fox", "frog", "gannet", "gazelle", "gecko",
		"gibbon", "goose", "grouse", "gull", "hamster", "hare", "hawk", "hedgehog", "heron", "hippo", "hoopoe", "horse", "hyena",
		"ibex", "ibis", "iguana", "impala", "jackal", "jaguar", "jay", "kestrel", "kiwi", "koala", "lark", "lemur", "leopard",
		"lion", "lizard", "llama", "lobster", "loon", "lynx", "magpie", "marmot", "marten", "mole", "moose", "moth", "mouse",
		"newt", "ocelot", "octopus", "okapi", "oriole", "osprey", "otter", "owl", "panda", "panther", "parrot", "pelican",
		"penguin", "petrel", "plover", "pony", "puffin", "puma", "quail", "rabbit", "raven", "robin", "salmon", "seal", "serval",
		"shrew", "skink", "sparrow", "squid", "stoat", "stork", "swan", "swift", "tapir", "tern", "tiger", "toad", "trout",
		"turtle", "viper", "vole", "walrus", "weasel", "whale", "wolf", "wombat", "wren", "yak", "zebra",
	}
)

// RandomName is the name of a run that was given none: "brave-otter".
func RandomName() string {
	return slugAdjectives[rand.IntN(len(slugAdjectives))] + "-" + slugAnimals[rand.IntN(len(slugAnimals))]
}
