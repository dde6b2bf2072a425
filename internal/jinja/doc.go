// Package jinja renders the templates that people write into parameters and automations: Jinja2 as Prefect's server offers it,
// in a sandbox. Values are never changed by a template, nothing but the given variables can be reached, and time and size
// have a limit.
//
// Values are nil, bool, int64, float64, string, Markup, []any, Tuple, *Dict, Undefined, functions (Func), and whatever
// implements Object. Their texts, comparisons and arithmetic are Python's.
package jinja
