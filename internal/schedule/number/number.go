// Package number reads decimal numbers as Python's int does: digits of any script.
package number

import "unicode"

// MaxDigits is the longest number that Python's int reads.
const MaxDigits = 4300

// Digit is the value of a decimal digit of any script. The runes of a script's digits lie together in tens.
func Digit(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, true
		}
	}
	return 0, false
}

// Digits reads a text that is nothing but digits. A number above ceiling is ceiling. It is false for any other text and
// for one of more than MaxDigits digits.
func Digits(text string, ceiling int) (int, bool) {
	n, count := 0, 0
	for _, r := range text {
		d, ok := Digit(r)
		if !ok {
			return 0, false
		}
		n = min(n*10+d, ceiling)
		count++
	}
	return n, count > 0 && count <= MaxDigits
}
