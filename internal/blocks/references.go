package blocks

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// maxReferences bounds the blocks that one block document may refer to.
const maxReferences = 500

// reference is a field of a block document that is another one.
type reference struct {
	name  string
	block uuid.UUID
}

// splitReferences takes the fields that refer to other documents, {"$ref": {"block_document_id": ...}}, out of data.
func splitReferences(data prefect.Object) (own *object, refs []reference, err error) {
	fields, err := parseShallow(prefect.Raw(data))
	if err != nil {
		return nil, nil, badData(err.Error())
	}
	own = newObject()
	for _, name := range fields.names {
		value := fields.get(name).(jsontext.Value)
		target, isReference, err := referenced(name, value)
		if err != nil {
			return nil, nil, err
		}
		if !isReference {
			own.set(name, value)
			continue
		}
		if refs = append(refs, reference{name, target}); len(refs) > maxReferences {
			return nil, nil, badData(fmt.Sprintf("A block document may refer to at most %d others.", maxReferences))
		}
	}
	return own, refs, nil
}

// referenced reads a value that may be a reference.
func referenced(name string, value jsontext.Value) (target uuid.UUID, isReference bool, err error) {
	if value.Kind() != '{' {
		return target, false, nil
	}
	fields, err := parseShallow(value)
	if err != nil {
		return target, false, badData(err.Error())
	}
	ref, isReference := fields.get("$ref").(jsontext.Value)
	if !isReference {
		return target, false, nil
	}
	var id any
	if ref.Kind() == '{' {
		inner, err := parseObject(ref)
		if err != nil {
			return target, true, badData(err.Error())
		}
		id = inner.get("block_document_id")
	}
	switch id := id.(type) {
	case nil:
		return target, true, badData(fmt.Sprintf("The reference in the field %q has no block_document_id.", name))
	case string:
		if target, err = uuid.Parse(id); err == nil {
			return target, true, nil
		}
	}
	return target, true, badData(fmt.Sprintf("The block_document_id of the reference in the field %q is no UUID.", name))
}

func badData(message string) error { return prefect.NewError(prefect.BadRequest, message) }
