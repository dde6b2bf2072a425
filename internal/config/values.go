package config

import "time"

// Value is a setting's value as the server uses it.
type Value struct {
	// Typed is a string, bool, int, int64, *int or time.Duration.
	Typed any
	// Text is what was written, or the default.
	Text string
	// Secret tells that the value must not be shown.
	Secret bool
}

// Values gives all settings by their preferred names.
func (s *Settings) Values() map[string]Value {
	values := make(map[string]Value, len(s.rows))
	for i, row := range table() {
		v := Value{Text: s.rows[i].Value, Secret: row.secret != public}
		switch at := row.at(s).(type) {
		case *string:
			v.Typed = *at
		case *bool:
			v.Typed = *at
		case *int:
			v.Typed = *at
		case *int64:
			v.Typed = *at
		case **int:
			v.Typed = *at
		case *time.Duration:
			v.Typed = *at
		}
		values[row.names[0]] = v
	}
	return values
}
