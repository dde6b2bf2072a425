// Package trigger tells what becomes of triggers when events happen and time passes. It is pure: the state of windows and of
// half-done compound firings is handed in and changed in memory, and the time is told by the caller. What it decides is what the
// reference's triggers decide, so that a firing that one server began may end on another.
package trigger
