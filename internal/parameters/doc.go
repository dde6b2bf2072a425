// Package parameters completes what people give a flow run and checks it: values that stand for others (JSON in a text,
// variables, templates) are hydrated, and the outcome is validated by the JSON Schema of the flow's parameters. What is
// wrong is said in the words of the Python library that the reference uses, because people and clients see them.
//
// Everything here is a pure function of its arguments.
package parameters
