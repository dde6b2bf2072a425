package prefect

// Violation is a value of a request body that has the right type and still makes no sense.
type Violation struct {
	// Field is the member at fault; empty means the model as a whole.
	Field string
	// Message says what is wrong.
	Message string
}
