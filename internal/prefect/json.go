package prefect

import "github.com/go-json-experiment/json/jsontext"

// Raw is any JSON value kept exactly as it was written, so that numbers of any size survive. Nil is null.
type Raw = jsontext.Value

// Object is a JSON object kept exactly as it was written: parameters, context, job variables. Nil is null where the
// field is nullable and {} elsewhere.
type Object jsontext.Value

// Text is the object, or {} when there is none.
func (o Object) Text() []byte {
	if o == nil {
		return []byte("{}")
	}
	return o
}

// MarshalJSONTo writes the object, or {} when there is none.
func (o Object) MarshalJSONTo(enc *jsontext.Encoder) error { return enc.WriteValue(o.Text()) }

// UnmarshalJSONFrom keeps a copy of the value as it stands.
func (o *Object) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*o = Object(v.Clone())
	return nil
}

// Labels are a resource's key-value labels; each value is a JSON string, number or boolean.
type Labels map[string]Raw

// Opt is a field of a PATCH body or a filter that may be absent, which is not the same as null: for a nullable field T
// is a pointer.
type Opt[T any] struct {
	// Set tells whether the field was in the body.
	Set   bool
	Value T
}

// Some is an Opt that is present.
func Some[T any](v T) Opt[T] { return Opt[T]{Set: true, Value: v} }

// Target marks the field present and returns where its value goes. The request decoder calls it.
func (o *Opt[T]) Target() any { o.Set = true; return &o.Value }

// IsNull tells whether a body names a member only to say that it has no value.
func IsNull[T any](member Opt[*T]) bool { return member.Set && member.Value == nil }

// IsZero tells the JSON encoder to leave an absent field out.
func (o Opt[T]) IsZero() bool { return !o.Set }
