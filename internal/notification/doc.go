// Package notification sends messages by the notification blocks that people have: to chats, pagers, phones and mailboxes, with
// the requests that the reference's blocks send; and it calls webhooks.
package notification
