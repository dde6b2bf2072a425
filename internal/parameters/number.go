package parameters

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// isFloat tells whether Python reads the number as a float: it was written with a fraction or an exponent.
func (n Number) isFloat() bool { return strings.ContainsAny(string(n), ".eE") }

// float is the number as a float, infinite where it is too large for one.
func (n Number) float() float64 {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0 // a number of JSON always parses
	}
	return f
}

// int is the number as an integer of any size; nil for a float.
func (n Number) int() *big.Int {
	if n.isFloat() {
		return nil
	}
	i, ok := new(big.Int).SetString(string(n), 10)
	if !ok {
		return new(big.Int) // an integer of JSON always parses
	}
	return i
}

// whole tells whether the number counts as an integer: 1 and 1.0 do.
func (n Number) whole() bool {
	f := n.float()
	return !n.isFloat() || f == math.Trunc(f) && !math.IsInf(f, 0)
}

// exact is the number without loss.
func (n Number) exact() *big.Float {
	if i := n.int(); i != nil {
		return new(big.Float).SetInt(i)
	}
	return big.NewFloat(n.float())
}

func (n Number) compare(m Number) int { return n.exact().Cmp(m.exact()) }

// multipleOf tells whether the number is a multiple of m, as Python's arithmetic has it. Nothing is one of 0.
func (n Number) multipleOf(m Number) bool {
	i, j := n.int(), m.int()
	switch {
	case m.float() == 0:
		return false
	case i != nil && j != nil:
		return new(big.Int).Rem(i, j).Sign() == 0
	case j != nil:
		return math.Mod(n.float(), m.float()) == 0
	}
	quotient := n.float() / m.float()
	if math.IsInf(quotient, 0) { // Python then reckons with the floats as fractions
		x, y := new(big.Rat).SetFloat64(n.float()), new(big.Rat).SetFloat64(m.float())
		return x != nil && y != nil && new(big.Rat).Quo(x, y).IsInt()
	}
	return quotient == math.Trunc(quotient)
}
