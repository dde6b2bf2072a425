package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Sources are what settings are read from. Load looks at nothing else.
type Sources struct {
	Environ   []string          // NAME=value, as os.Environ gives it
	Dir       string            // where .env, prefect.toml and pyproject.toml are looked for
	Home      string            // the user's home folder
	Overrides map[string]string // from the command line, by setting name; they win
}

// Row is a setting as it came out.
type Row struct {
	Name, Value, Source string
}

// View lists every setting with its value and where that comes from; secrets are hidden.
func View(s *Settings) []Row { return s.rows }

const hidden = "********"

// source is one place in the order of precedence.
type source struct {
	name   string
	values map[string]string
}

// Load reads the settings. What is wrong with them is reported all at once: each error names the setting, the value,
// where it comes from and what is allowed.
func Load(from Sources) (*Settings, error) {
	environ := map[string]string{}
	for _, e := range from.Environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			environ[name] = value
		}
	}
	home := expand(cmpOr(environ["PREFECT_HOME"], "~/.prefect"), from.Home)
	sources, err := gather(from, environ, home)
	if err != nil {
		return nil, err
	}
	s := &Settings{}
	s.Database.home = home
	known := map[string]bool{}
	var problems []error
	for _, row := range table() {
		value, where, name := row.start, "default", row.names[0]
		for _, n := range row.names {
			known[n] = true
		}
	search:
		for _, src := range sources {
			for _, n := range row.names {
				if v, ok := src.values[n]; ok {
					value, where, name = v, src.name, n
					break search
				}
			}
		}
		if err := assign(row, s, value); err != nil {
			shown := strconv.Quote(value)
			if row.secret {
				shown = hidden
			}
			problems = append(problems, fmt.Errorf("%s (from %s) is %s: %w", name, where, shown, err))
		}
		if row.secret && value != "" {
			value = hidden
		}
		s.rows = append(s.rows, Row{row.names[0], value, where})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	s.Warnings = unused(sources, known)
	return s, nil
}

// unused tells of server settings that somebody set and nobody reads.
func unused(sources []source, known map[string]bool) []string {
	var all []string
	for _, src := range sources {
		for name := range src.values {
			if strings.HasPrefix(name, "PREFECT_SERVER_") && !known[name] {
				all = append(all, name+" (from "+src.name+") has no meaning for this server")
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// gather reads the sources in their order of precedence.
func gather(from Sources, environ map[string]string, home string) ([]source, error) {
	dotenv, err := readDotenv(filepath.Join(from.Dir, ".env"))
	if err != nil {
		return nil, err
	}
	own, err := readTOML(filepath.Join(from.Dir, "prefect.toml"))
	if err != nil {
		return nil, err
	}
	project, err := readTOML(filepath.Join(from.Dir, "pyproject.toml"), "tool", "prefect")
	if err != nil {
		return nil, err
	}
	profile, err := readProfile(expand(cmpOr(environ["PREFECT_PROFILES_PATH"], filepath.Join(home, "profiles.toml")), from.Home), environ["PREFECT_PROFILE"])
	if err != nil {
		return nil, err
	}
	return []source{
		{"the command line", from.Overrides}, {"the environment", environ}, {".env", dotenv},
		{"prefect.toml", own}, {"pyproject.toml", project}, profile,
	}, nil
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

func readDotenv(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		value = strings.TrimSpace(value)
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		} else if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimSpace(value[:i])
		}
		values[strings.ToUpper(strings.TrimSpace(name))] = value
	}
	return values, nil
}

// readTOML reads nested tables: [server.api] host = "x" is PREFECT_SERVER_API_HOST.
func readTOML(path string, table ...string) (map[string]string, error) {
	var tree map[string]any
	if _, err := toml.DecodeFile(path, &tree); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
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
		switch v := tree[key].(type) {
		case map[string]any:
			flatten(into, name, v)
		case []any:
			parts := make([]string, len(v))
			for i := range v {
				parts[i] = fmt.Sprint(v[i])
			}
			into[name] = strings.Join(parts, ",")
		default:
			into[name] = fmt.Sprint(v)
		}
	}
}

// readProfile reads the profile of that name, or the active one.
func readProfile(path, name string) (source, error) {
	var file struct {
		Active   string                       `toml:"active"`
		Profiles map[string]map[string]string `toml:"profiles"`
	}
	if _, err := toml.DecodeFile(path, &file); errors.Is(err, os.ErrNotExist) {
		return source{name: "the profile"}, nil
	} else if err != nil {
		return source{}, fmt.Errorf("%s: %w", path, err)
	}
	name = cmpOr(name, file.Active)
	return source{"profile " + name, file.Profiles[name]}, nil
}

// assign parses the value by the type of its place.
func assign(row setting, s *Settings, value string) error {
	if row.check != nil {
		v, ok := row.check(value)
		if !ok {
			return errors.New("allowed is " + row.limit)
		}
		value = v
	}
	switch at := row.at(s).(type) {
	case *string:
		*at = value
	case *bool:
		v, ok := parseBool(value)
		if !ok {
			return errors.New("allowed is true or false (also 1, 0, yes, no, on, off)")
		}
		*at = v
	case *int:
		v, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			return errors.New("allowed is a whole number")
		}
		*at = v
	case *int64:
		v, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return errors.New("allowed is a whole number")
		}
		*at = v
	case *time.Duration:
		v, ok := parseDuration(value)
		if !ok {
			return errors.New(`allowed is a number of seconds, HH:MM:SS, or an ISO 8601 duration such as "PT1H"`)
		}
		*at = v
	default:
		panic(fmt.Sprintf("setting %s has no parser", row.names[0]))
	}
	return nil
}
