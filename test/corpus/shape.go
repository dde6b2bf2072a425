package corpus

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shape prepares a decoded answer for recording or comparing: it checks the
// order of lists that the step says are sorted, then reduces lists to the one
// member that the step compares. Both sides go through it.
func shape(step *Step, body any) (any, error) {
	for pointer, by := range step.Sorted {
		list, err := listAt(body, pointer)
		if err != nil {
			return nil, err
		}
		if err := checkSorted(list, by); err != nil {
			return nil, fmt.Errorf("%s: %w", pointer, err)
		}
	}
	for pointer, member := range step.Project {
		list, err := listAt(body, pointer)
		if err != nil {
			return nil, err
		}
		projected := make([]any, len(list))
		for i, object := range list {
			if projected[i], err = lookup(object, "/"+escapePointer(member)); err != nil {
				return nil, err
			}
		}
		body = replaceAt(body, pointer, projected)
	}
	return body, nil
}

func listAt(body any, pointer string) ([]any, error) {
	value, err := lookup(body, pointer)
	if err != nil {
		return nil, err
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%q is no list", pointer)
	}
	return list, nil
}

// replaceAt puts a value at the root or at a member of the root.
func replaceAt(body any, pointer string, value any) any {
	if pointer == "" {
		return value
	}
	object, ok := body.(map[string]any)
	if !ok {
		return body
	}
	object = maps.Clone(object) // the answer is looked at again
	object[unescapePointer(strings.TrimPrefix(pointer, "/"))] = value
	return object
}

// checkSorted says whether objects are in the order of a member; a minus
// before its name means descending.
func checkSorted(list []any, by string) error {
	member, descending := strings.CutPrefix(by, "-")
	keys := make([]string, len(list))
	for i, object := range list {
		value, err := lookup(object, "/"+escapePointer(member))
		if err != nil {
			return err
		}
		keys[i] = fmt.Sprint(value)
		if at, _, err := parseWhole(keys[i]); err == nil {
			keys[i] = at.UTC().Format(wireTime)
		}
	}
	order := cmp.Compare[string]
	if descending {
		order = func(a, b string) int { return cmp.Compare(b, a) }
	}
	if !slices.IsSortedFunc(keys, order) {
		return fmt.Errorf("not sorted by %s: %v", by, keys)
	}
	return nil
}
