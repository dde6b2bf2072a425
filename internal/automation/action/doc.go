// Package action does what automations do when they fire: it finds the target of an action, renders its templates, acts through
// the same use cases as the API, and tells of it by events.
package action
