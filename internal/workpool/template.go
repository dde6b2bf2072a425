package workpool

import (
	"regexp"
	"slices"
	"strings"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
)

// placeholder is what stands in a job configuration for a variable: "{{ name }}".
var placeholder = regexp.MustCompile(`\{\{\s*([\w.\-\[\]$]+)\s*\}\}`)

// CheckTemplate tells what is wrong with the form of a base job template, or "". An empty one is fine.
func CheckTemplate(template prefect.Object) string {
	doc, err := parameters.Parse(prefect.Raw(template))
	t, ok := doc.(*parameters.Object)
	if err != nil || !ok {
		return "The `base_job_template` must be an object."
	}
	if len(t.Names) == 0 {
		return ""
	}
	if !truthy(t.Members["job_configuration"]) || !truthy(t.Members["variables"]) {
		return "The `base_job_template` must contain both a `job_configuration` key and a `variables` key."
	}
	configuration, isObject := t.Members["job_configuration"].(*parameters.Object)
	variables, isSchema := t.Members["variables"].(*parameters.Object)
	if !isObject || !isSchema {
		return "The `job_configuration` and the `variables` of a `base_job_template` must be objects."
	}
	var known *parameters.Object
	if properties, there := variables.Get("properties"); there {
		if known, isObject = properties.(*parameters.Object); !isObject {
			return "The `properties` of a `base_job_template`'s `variables` must be an object."
		}
	}
	if missing := undeclared(configuration, known); len(missing) > 0 {
		return "The variables specified in the job configuration template must be present as properties in the variables schema. " +
			"Your job configuration uses the following undeclared variable(s): " + strings.Join(missing, " ,") + "."
	}
	return ""
}

// undeclared gives the variables that a configuration uses and nobody declares, each once, by name.
func undeclared(configuration, known *parameters.Object) []string {
	used := map[string]bool{}
	for _, name := range configuration.Names {
		placeholders(configuration.Members[name], used)
	}
	var missing []string
	for name := range used {
		if known != nil {
			if _, declared := known.Get(name); declared {
				continue
			}
		}
		missing = append(missing, name)
	}
	slices.Sort(missing)
	return missing
}

// placeholders finds the names of variables in the texts of a value, those of its members' names too. The texts are looked at
// as Python writes them in JSON: a line break or a letter beyond ASCII is an escape then, and no part of a placeholder.
func placeholders(v any, found map[string]bool) {
	switch v := v.(type) {
	case string:
		for _, m := range placeholder.FindAllSubmatch(prefect.AppendPythonString(nil, v), -1) {
			found[string(m[1])] = true
		}
	case []any:
		for _, item := range v {
			placeholders(item, found)
		}
	case *parameters.Object:
		for _, name := range v.Names {
			placeholders(name, found)
			placeholders(v.Members[name], found)
		}
	}
}

// truthy tells whether Python takes a value for true.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *parameters.Object:
		return len(v.Names) > 0
	}
	return true
}

// IsEmpty tells whether a template says nothing.
func IsEmpty(template prefect.Object) bool {
	doc, err := parameters.Parse(prefect.Raw(template))
	t, ok := doc.(*parameters.Object)
	return err != nil || !ok || len(t.Names) == 0
}
