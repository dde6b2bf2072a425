package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is a setting as it came out.
type Row struct {
	Name, Value, Source string
}

// View lists every setting with its value and where that comes from; secrets are hidden.
func View(s *Settings) []Row { return s.rows }

const hidden = "********"

// Load reads the settings. What is wrong with them is reported all at once: each error names the setting, the value,
// where it comes from and what is allowed.
func Load(from Sources) (*Settings, error) {
	sources, warnings, err := gather(from)
	if err != nil {
		return nil, err
	}
	s := &Settings{Warnings: warnings}
	var problems []error
	for _, row := range table() {
		found := resolve(row, sources)
		if err := assign(row, s, found); err != nil {
			problems = append(problems, fmt.Errorf("%s (from %s) is %s: %w", found.name, found.source, row.shown(strconv.Quote(found.value), found.value), err))
		}
		where := found.source
		if found.name != row.names[0] {
			where += ", as " + found.name
		}
		s.rows = append(s.rows, Row{row.names[0], row.shown(found.value, found.value), where})
	}
	for name, value := range s.derive(from.Home) {
		i := slices.IndexFunc(s.rows, func(r Row) bool { return r.Name == name })
		s.rows[i].Value = value
	}
	if len(problems) == 0 {
		if err := s.chooseBroker(); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	s.Warnings = append(s.Warnings, passwordWarning(s.Database)...)
	s.Warnings = append(s.Warnings, unknown(sources)...)
	return s, nil
}

// derive works out what depends on other settings, and gives what the view has to show in the place of what was written.
func (s *Settings) derive(userHome string) map[string]string {
	s.Home = expand(s.Home, userHome)
	s.Database.home = s.Home
	shown := map[string]string{"PREFECT_HOME": s.Home}
	if s.UI.APIURL == "" {
		s.UI.APIURL = cmpOr(s.API.URL, "http://"+net.JoinHostPort(s.API.Host, strconv.Itoa(s.API.Port))+"/api")
		shown["PREFECT_SERVER_UI_API_URL"] = s.UI.APIURL
	}
	if s.UI.URL == "" && s.API.URL != "" {
		s.UI.URL = strings.TrimSuffix(strings.TrimRight(s.API.URL, "/"), "/api")
	}
	if target, err := s.Database.Target(); err == nil && s.Database.ConnectionURL == "" {
		shown[addressName] = target.String()
	}
	return shown
}

// chooseBroker takes the broker that suits the database, unless one is set.
func (s *Settings) chooseBroker() error {
	target, err := s.Database.Target()
	if err != nil {
		return err
	}
	const name = "PREFECT_SERVER_EVENTS_MESSAGING_BROKER"
	row := s.rows[slices.IndexFunc(s.rows, func(r Row) bool { return r.Name == name })]
	switch broker := &s.Events.MessagingBroker; {
	case row.Source == fromDefault && target.PostgresURL != "":
		*broker = PostgresBroker
	case *broker == PostgresBroker && target.PostgresURL == "":
		return fmt.Errorf("%s (from %s) is %q and the database is SQLite: allowed is memory", name, row.Source, row.Value)
	}
	return nil
}

// finding is a setting's value with the name it was found under and the place.
type finding struct{ value, name, source string }

const fromDefault = "default"

// resolve finds the value: the first source that has the setting wins, and in a source the name that comes first.
func resolve(row setting, sources []source) finding {
	for _, src := range sources {
		for _, n := range row.names {
			if v, ok := src.values[n]; ok {
				return finding{v, n, src.name}
			}
		}
	}
	return finding{row.start, row.names[0], fromDefault}
}

// shown is what may be printed of a value: all of it, or of an address what is not its password, or nothing.
func (row setting) shown(text, value string) string {
	switch {
	case value == "" || row.secret == public:
		return text
	case row.secret == address:
		return hidePassword(text)
	}
	return hidden
}

// unknown tells of server settings that somebody set and that neither this server nor Prefect knows.
func unknown(sources []source) []string {
	known := map[string]bool{}
	for _, row := range table() {
		for _, n := range row.names {
			known[n] = true
		}
	}
	for _, u := range unused() {
		for _, n := range u.names {
			known[n] = true
		}
	}
	var all []string
	for _, src := range sources {
		for name := range src.values {
			if (strings.HasPrefix(name, "PREFECT_SERVER_") || strings.HasPrefix(name, "PRAETOR_")) && !known[name] {
				all = append(all, name+" (from "+src.name+") is not a setting of this server")
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// assign parses the value by the type of its place.
func assign(row setting, s *Settings, found finding) error {
	value := found.value
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
		v, ok := parseInt(value)
		if !ok || !row.allow.holds(float64(v)) {
			return errors.New("allowed is a whole number" + row.allow.words())
		}
		*at = int(v)
	case **int:
		if found.source == fromDefault && value == "" {
			return nil
		}
		v, ok := parseInt(value)
		if !ok || !row.allow.holds(float64(v)) {
			return errors.New("allowed is a whole number" + row.allow.words())
		}
		n := int(v)
		*at = &n
	case *int64:
		v, ok := parseInt(value)
		if !ok || !row.allow.holds(float64(v)) {
			return errors.New("allowed is a whole number" + row.allow.words())
		}
		*at = v
	case *time.Duration:
		v, ok := parseDuration(value)
		if !ok || !row.allow.holds(v.Seconds()) {
			return errors.New(`allowed is a number of seconds, HH:MM:SS, or an ISO 8601 duration such as "PT1H"` + row.allow.words())
		}
		*at = v
	default:
		panic(fmt.Sprintf("setting %s has no parser", row.names[0]))
	}
	return nil
}
