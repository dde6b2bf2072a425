package prefect

import "errors"

// Kind says what went wrong in terms that every transport can map to its own codes.
type Kind uint8

// The kinds of Error.
const (
	Invalid      Kind = iota + 1 // a value makes no sense: 422
	BadRequest                   // the request as a whole makes no sense: 400
	Unauthorized                 // no password, or a wrong one: 401
	Forbidden                    // 403
	NotFound                     // what it names does not exist: 404
	Conflict                     // it clashes with what is stored: 409
	Gone                         // it existed and has ended, such as a lease: 410
	Locked                       // somebody holds it, try later: 423
	TooLarge                     // over a limit: 413
)

// Error is a failure that the caller can understand: a kind and a message fit for the response body.
type Error struct {
	Kind    Kind
	Message string
	// Exception asks for the body {"exception_message": ...} in the place of {"detail": ...}.
	Exception bool
	// RetryAfter is in how many seconds to try again, or empty.
	RetryAfter string
	Err        error // the cause, for logs only; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// NewError makes an Error without a cause.
func NewError(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// IsKind tells whether err is, or wraps, an Error of that kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
