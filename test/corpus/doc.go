// Package corpus holds what the reference server answered to thousands of
// requests, and replays them on another server.
//
// A corpus file is a list of scenarios; a scenario is a list of requests with
// the answers expected. Answers are stored as patterns: what differs from one
// run to the next (ids, times of the clock, random names, durations) is
// replaced by a marker when recorded, and compared by meaning when replayed:
//
//	${name}        the value that an earlier step saved under this name
//	${now+60}      the instant that the scenario itself sent (start plus 60 s)
//	<uuid#3>       an id made by the server; the same marker is the same id
//	<time#3>       an instant between the scenario's start and now; the same
//	               marker is the same instant, to the microsecond
//	<time#3 +30s>  an instant 30 s after the request was sent (or before: -30s)
//	<time>         an instant between the scenario's start and now
//	<name#3>       a random name of a run
//	<number~5>     a number of seconds near 5
//	<number>, <string>, <any>
//
// Everything else is compared exactly. The patterns are made (pattern.go) and
// matched (match.go) here and nowhere else; the Python side only writes plans,
// which are scenarios without answers.
package corpus
