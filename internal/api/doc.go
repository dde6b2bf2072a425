// Package api is Prefect's HTTP API: the route table, one file per resource with its handlers, and what lies between a
// request and a handler.
//
// A handler is a method of Server that takes a context and a typed input and returns a typed answer or an error. The
// input's struct tags say where each part comes from (package wire reads them), and together with the answer's type
// they make the OpenAPI document. Errors become responses in problem.go and nowhere else.
package api
