package prefect

// WorkPoolFilter selects work pools.
type WorkPoolFilter struct {
	_        struct{}     `wire:"forbid"`
	Operator Operator     `json:"operator" default:"\"and_\""`
	ID       *AnyIDFilter `json:"id"`
	Name     *AnyFilter   `json:"name"`
	Type     *AnyFilter   `json:"type"`
}

// WorkQueueFilter selects work queues.
type WorkQueueFilter struct {
	_        struct{}             `wire:"forbid"`
	Operator Operator             `json:"operator" default:"\"and_\""`
	ID       *AnyIDFilter         `json:"id"`
	Name     *WorkQueueFilterName `json:"name"`
}

// WorkQueueFilterName restricts a work queue's name to one of several, or to one of several beginnings, whatever the case.
type WorkQueueFilterName struct {
	_          struct{}  `wire:"forbid"`
	Any        *[]string `json:"any_"`
	StartsWith *[]string `json:"startswith_"`
}
