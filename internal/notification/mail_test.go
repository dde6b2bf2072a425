package notification

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

// mailbox is an SMTP server for one conversation; refuse is what it says to a recipient, or empty.
func mailbox(t *testing.T, refuse string) (port int, got func() string) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	heard := make(chan string, 1)
	go func() {
		var all strings.Builder
		defer func() { heard <- all.String() }()
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		say := func(s string) { _, _ = fmt.Fprintf(c, "%s\r\n", s) }
		say("220 here")
		lines, inData := bufio.NewScanner(c), false
		for lines.Scan() {
			line := lines.Text()
			all.WriteString(line + "\n")
			switch word, _, _ := strings.Cut(line, " "); {
			case inData && line != ".":
			case inData:
				inData = false
				say("250 taken")
			case word == "EHLO":
				say("250-here")
				say("250 AUTH PLAIN")
			case word == "RCPT" && refuse != "":
				say(refuse)
			case word == "AUTH":
				say("235 yes")
			case word == "DATA":
				inData = true
				say("354 go on")
			case word == "QUIT":
				say("221 bye")
				return
			default:
				say("250 ok")
			}
		}
	}()
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port, func() string { return <-heard }
}

func TestMail(t *testing.T) {
	port, got := mailbox(t, "")
	s := newTestSender(t, false)
	data := fmt.Sprintf(`{"username": "ada@example.com", "password": "pw", "smtp_server": "127.0.0.1", "smtp_type": "INSECURE", "smtp_port": %d}`, port)
	require.NoError(t, s.Notify(t.Context(), mailBlock, prefect.Object(data), Message{"grüße\r\nBcc: x@y.z", "one\n.\nthree ü"}))
	text := got()
	require.Contains(t, text, "MAIL FROM:<ada@example.com>")
	require.Contains(t, text, "RCPT TO:<ada@example.com>")
	require.Contains(t, text, "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe_Bcc:_x@y.z?=\n")
	require.Contains(t, text, "\none\n..\nthree =C3=BC\n", "a line with a point does not end the mail")
	require.NotContains(t, text, "\nBcc:")
}

func TestMailThatIsNotSent(t *testing.T) {
	s := newTestSender(t, false)
	for refusal, temporary := range map[string]bool{"550 nobody": false, "451 later": true} {
		port, _ := mailbox(t, refusal)
		data := fmt.Sprintf(`{"username": "ada@example.com", "smtp_server": "127.0.0.1", "smtp_type": 25, "smtp_port": %d}`, port)
		err := s.Notify(t.Context(), mailBlock, prefect.Object(data), Message{"s", "b"})
		var failed *Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, temporary, failed.Temporary)
		require.Contains(t, failed.Log, refusal[4:])
	}
	err := newTestSender(t, true).Notify(t.Context(), mailBlock, prefect.Object(`{"username": "a@b.c", "smtp_server": "127.0.0.1"}`), Message{"s", "b"})
	require.ErrorContains(t, err, "private address")
	for _, data := range []string{`{"username": "nobody"}`, `{"username": "a@b.c", "smtp_type": "odd"}`, `{}`} {
		var invalid *InvalidError
		require.ErrorAs(t, s.Check(mailBlock, prefect.Object(data)), &invalid, data)
	}
	for data, want := range map[string]mailServer{
		`{"username": "a@b.c"}`: {Server: "smtp.gmail.com", Port: 465, security: "SSL"},
		`{"username": "a@b.c", "smtp_server": "OUTLOOK", "smtp_type": "STARTTLS"}`: {Server: "smtp-mail.outlook.com", Port: 587, security: "STARTTLS"},
	} {
		got, err := readMailServer(prefect.Object(data))
		require.NoError(t, err)
		require.Equal(t, want, mailServer{Server: got.Server, Port: got.Port, security: got.security})
	}
}
