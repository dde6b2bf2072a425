package api

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"praetor/internal/prefect"
)

// APIVersion is the version of the API that this server speaks, and PrefectVersion the release of the reference that it
// equals: clients compare both with their own.
const (
	APIVersion     = "0.8.4"
	PrefectVersion = "3.8.8"
)

// minVersion is the oldest API version that is let in, as in the reference.
//
//nolint:gochecknoglobals // Go has no constant arrays
var minVersion = [3]int{0, 8, 0}

// checkVersion refuses clients that are too old, and headers that are no version. No header is fine.
func checkVersion(header string) error {
	if header == "" {
		return nil
	}
	version, ok := parseVersion(header)
	if !ok {
		return prefect.NewError(prefect.BadRequest, "Invalid X-PREFECT-API-VERSION header format.Expected header in format 'x.y.z' but received "+header)
	}
	for i, least := range minVersion {
		if version[i] != least {
			if version[i] < least {
				return prefect.NewError(prefect.BadRequest, fmt.Sprintf("The request specified API version %s but this server requires version %d.%d.%d or higher.",
					header, minVersion[0], minVersion[1], minVersion[2]))
			}
			break
		}
	}
	return nil
}

// parseVersion reads three numbers as Python reads them: perhaps with blanks, a sign and underscores.
func parseVersion(s string) (v [3]int, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return v, false
	}
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if !versionNumber.MatchString(p) {
			return v, false
		}
		n, err := strconv.Atoi(strings.ReplaceAll(p, "_", ""))
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

var versionNumber = regexp.MustCompile(`^[+-]?\d+(?:_\d+)*$`)
