package jinja

import "fmt"

// SyntaxError tells that a template cannot be read.
type SyntaxError struct {
	Message string
	Line    int // from 1
}

func (e *SyntaxError) Error() string { return e.Message }

// SecurityError tells that a template goes beyond the limits of Validate.
type SecurityError struct{ Message string }

func (e *SecurityError) Error() string { return e.Message }

// RenderError tells that a template failed while it was rendered. Class is the name of the exception that Python would
// have raised.
type RenderError struct{ Class, Message string }

func (e *RenderError) Error() string {
	return "Failed to render template due to the following error: " + e.Class + "(" + repr(e.Message) + ")"
}

func fail(class, format string, args ...any) *RenderError {
	return &RenderError{class, fmt.Sprintf(format, args...)}
}

func typeError(format string, args ...any) *RenderError { return fail("TypeError", format, args...) }

func undefinedError(u Undefined) *RenderError {
	if u.class != "" {
		return fail(u.class, "%s", u.Reason)
	}
	return fail("UndefinedError", "%s", u.Reason)
}
