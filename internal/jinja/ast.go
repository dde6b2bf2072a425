package jinja

// expr is a part of a template that has a value, and stmt one that writes or changes something.
type (
	expr interface{}
	stmt interface{}
)

type (
	constant struct{ value any }
	variable struct {
		name string
		line int
	}
	listOf  struct{ items []expr }
	tupleOf struct{ items []expr }
	dictOf  struct{ keys, values []expr }
	unary   struct {
		op    string // - + not
		value expr
	}
	binary struct {
		op          string // arithmetic, and, or, ~
		left, right expr
	}
	comparison struct {
		first expr
		ops   []string
		rest  []expr
	}
	choice struct{ test, then, otherwise expr }
	member struct {
		value expr
		name  string
	}
	item  struct{ value, key expr }
	slice struct{ start, stop, step expr }
	call  struct {
		callee expr
		args   arguments
	}
	filtered struct {
		value expr // nil in a filter block: the block's text
		name  string
		args  arguments
	}
	tested struct {
		value  expr
		name   string
		args   arguments
		negate bool
	}
)

type arguments struct {
	positional []expr
	names      []string
	named      []expr
	star       expr // *args
	starStar   expr // **kwargs
}

type (
	output struct{ parts []expr } // constants and expressions, printed one after the other
	loop   struct {
		target    expr
		iterable  expr
		test      expr
		recursive bool
		body      []stmt
		otherwise []stmt
	}
	condition struct {
		test            expr
		then, otherwise []stmt
	}
	assignment struct {
		target expr
		value  expr
	}
	blockAssignment struct {
		target  expr
		filters []filtered
		body    []stmt
	}
	scope struct {
		targets []expr
		values  []expr
		body    []stmt
	}
	macro struct {
		name     string
		params   []string
		defaults []expr // of the last parameters
		body     []stmt
	}
	callBlock struct {
		call  call
		macro macro
	}
	filterBlock struct {
		filters []filtered
		body    []stmt
	}
	group  struct{ body []stmt } // a block: printed where it stands
	loaded struct{}              // include, import, extends: there is nothing to load from
)
