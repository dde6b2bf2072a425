package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Sources are what settings are read from. Load looks at nothing else.
type Sources struct {
	Environ   []string          // NAME=value, as os.Environ gives it
	Dir       string            // where .env, prefect.toml and pyproject.toml are looked for
	Home      string            // the user's home folder
	Overrides map[string]string // from the command line, by setting name; they win
}

// source is one place in the order of precedence. Names are in upper case.
type source struct {
	name   string
	values map[string]string
}

// gather reads the sources in their order of precedence, and tells what is odd about them.
func gather(from Sources) (sources []source, warnings []string, err error) {
	environ := map[string]string{}
	for _, e := range from.Environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			environ[name] = value
		}
	}
	dotenv, warnings, err := readDotenv(filepath.Join(from.Dir, ".env"), environ)
	if err != nil {
		return nil, nil, err
	}
	own, err := readTOML(filepath.Join(from.Dir, "prefect.toml"))
	if err != nil {
		return nil, nil, err
	}
	project, err := readTOML(filepath.Join(from.Dir, "pyproject.toml"), "tool", "prefect")
	if err != nil {
		return nil, nil, err
	}
	sources = []source{
		{"the command line", from.Overrides}, {"the environment", upperNames(environ)}, {".env", dotenv},
		{"prefect.toml", own}, {"pyproject.toml", project},
	}
	profile, warning, err := readProfile(profilesPath(from, environ, sources), environ["PREFECT_PROFILE"])
	if err != nil {
		return nil, nil, err
	}
	if warning != "" {
		warnings = append(warnings, warning)
	}
	return append(sources, profile), warnings, nil
}

// upperNames gives the variables under the names of settings, whose case does not matter. A name that is in upper case
// already wins.
func upperNames(environ map[string]string) map[string]string {
	upper := make(map[string]string, len(environ))
	for name, value := range environ {
		if u := strings.ToUpper(name); u == name || environ[u] == "" {
			upper[u] = value
		}
	}
	return upper
}

// profilesPath is where the profiles are. Prefect looks in the home folder that the environment names; the home folder
// that a file names holds the database, not the profiles.
func profilesPath(from Sources, environ map[string]string, sources []source) string {
	home := expand(cmpOr(environ["PREFECT_HOME"], "~/.prefect"), from.Home)
	for _, src := range sources {
		if path := src.values["PREFECT_PROFILES_PATH"]; path != "" {
			path = expand(strings.ReplaceAll(path, "$PREFECT_HOME", home), from.Home)
			if !filepath.IsAbs(path) {
				path = filepath.Join(from.Dir, path)
			}
			return path
		}
	}
	return filepath.Join(home, "profiles.toml")
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// expand replaces a leading ~ by the user's home folder.
func expand(path, home string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		return filepath.Join(home, path[1:])
	}
	return path
}

// readTOML reads nested tables: [server.api] host = "x" is PREFECT_SERVER_API_HOST.
func readTOML(path string, table ...string) (map[string]string, error) {
	var tree map[string]any
	if _, err := toml.DecodeFile(path, &tree); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("%s is no TOML: %w", path, err)
	}
	for _, name := range table {
		tree, _ = tree[name].(map[string]any)
	}
	values := map[string]string{}
	flatten(values, "PREFECT", tree)
	return values, nil
}

func flatten(into map[string]string, prefix string, tree map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		name := prefix + "_" + strings.ToUpper(key)
		if table, ok := tree[key].(map[string]any); ok {
			flatten(into, name, table)
		} else {
			into[name] = text(tree[key])
		}
	}
}

// text is a TOML value as a user would write it in the environment.
func text(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	parts := make([]string, len(list))
	for i := range list {
		parts[i] = fmt.Sprint(list[i])
	}
	return strings.Join(parts, ",")
}

// readProfile reads the profile of that name, or the active one.
func readProfile(path, name string) (profile source, warning string, err error) {
	var file struct {
		Active   string                    `toml:"active"`
		Profiles map[string]map[string]any `toml:"profiles"`
	}
	if _, err := toml.DecodeFile(path, &file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return source{}, "", fmt.Errorf("%s holds no profiles: %w", path, err)
	}
	asked := name
	name = cmpOr(name, file.Active)
	values, ok := file.Profiles[name]
	if !ok && asked != "" {
		warning = fmt.Sprintf("PREFECT_PROFILE is %q, and %s has no such profile: no profile is used", asked, path)
	}
	profile = source{"profile " + name, map[string]string{}}
	for setting, value := range values {
		profile.values[setting] = text(value)
	}
	return profile, warning, nil
}
