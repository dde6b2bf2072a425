package prefect

import "maps"

// With gives the labels with others added, which win over those of the same key. Neither is changed.
func (l Labels) With(others *Labels) Labels {
	merged := Labels{}
	maps.Copy(merged, l)
	if others != nil {
		maps.Copy(merged, *others)
	}
	return merged
}
