package parameters_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/parameters"
)

// TestPatterns wants what Python's re.search finds.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`^\w+$`, "\u00e9t\u00e9_1", true},
		{`^\w+$`, "a-b", false},
		{`^[\w-]+$`, "\u00e9-b", true},
		{`^\W+$`, "\u00e9", false},
		{`^\d+$`, "\u0663", true},
		{`^[\d.]+$`, "1.\u0663", true},
		{`^\D$`, "\u0663", false},
		{`^\s$`, "\u00a0", true},
		{`^\S$`, "\u2003", false},
		{`^[^\s]$`, "\x1c", false},
		{`^a$`, "a\n", true},
		{`^a$`, "a\n\n", false},
		{`^a\Z`, "a\n", false},
		{`(?m)^b$`, "a\nb\nc", true},
		{`^[]a]+$`, "]a", true},
		{`^[^]a]$`, "]", false},
		{`^[[]$`, "[", true},
		{`^[a[:b]+$`, "[:", true},
		{`^\u00e9$`, "\u00e9", true},
		{`^\U0001f600$`, "\U0001f600", true},
		{`^\$\\$`, `$\`, true},
		{`^[$]$`, "$", true},
		{`^x{2,3}$`, "xxx", true},
		{`(?i)^AB$`, "ab", true},
		{`(?=never)x`, "y", true}, // not judged
		{`^(a)\1$`, "ab", true},   // not judged
		{`^a{1,2000}$`, "b", true},
	} {
		schema := parse(t, fmt.Sprintf(`{"pattern":%q}`, c.pattern))
		err := parameters.Validate(c.text, schema, parameters.Options{})
		if c.want {
			require.NoError(t, err, "%s by %s", c.text, c.pattern)
		} else {
			require.Error(t, err, "%s by %s", c.text, c.pattern)
		}
	}
	for _, pattern := range []string{"(", "[", "a**", "*", `\`, "[b-a]"} {
		err := parameters.Validate("x", parse(t, fmt.Sprintf(`{"pattern":%q}`, pattern)), parameters.Options{})
		var none *parameters.SchemaError
		require.ErrorAs(t, err, &none, pattern)
	}
}
