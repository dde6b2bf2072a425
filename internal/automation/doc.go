// Package automation holds the rules of automations: what one may say, and what becomes of the events that it waits for.
package automation
