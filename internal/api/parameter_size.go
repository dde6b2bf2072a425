package api

import (
	"fmt"
	"strconv"

	"praetor/internal/prefect"
)

// checkParameterSize refuses parameters beyond the configured size, counted as the reference counts it: in bytes of JSON
// without spaces whose characters beyond ASCII are escaped.
func (s *Server) checkParameterSize(parameters prefect.Object) error {
	most := s.settings.API.MaxParameterSize
	if most <= 0 {
		return nil
	}
	if size := escapedSize(parameters); size > most {
		return invalidField(fmt.Sprintf("Flow run parameters must be less than %s bytes when serialized (got %s bytes).", grouped(most), grouped(size)), "parameters")
	}
	return nil
}

// escapedSize is the length of a valid JSON document without spaces, with its characters beyond ASCII escaped.
func escapedSize(doc []byte) int64 {
	const escape = int64(len(`\u0000`))
	var n int64
	text, escaped := false, false
	for _, r := range string(doc) {
		switch {
		case r > 0xffff:
			n += 2 * escape
		case r > 0x7e:
			n += escape
		case text || r != ' ' && r != '\n' && r != '\t' && r != '\r':
			n++
		}
		switch {
		case escaped:
			escaped = false
		case r == '"':
			text = !text
		case r == '\\':
			escaped = text
		}
	}
	return n
}

// grouped writes a number as in "524,288".
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
