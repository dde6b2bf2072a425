package notification

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

const mailBlock = "email-server-credentials"

// mailServer are the values of a block of the type email-server-credentials.
type mailServer struct {
	Username string         `json:"username"`
	Password string         `json:"password"`
	Server   string         `json:"smtp_server"`
	Type     jsontext.Value `json:"smtp_type"` // a name, or the number of its usual port
	Port     int            `json:"smtp_port"`

	security string // SSL, STARTTLS or INSECURE
}

func readMailServer(data prefect.Object) (*mailServer, error) {
	m := &mailServer{Server: "smtp.gmail.com", Type: jsontext.Value("465")}
	if err := read(data, m); err != nil {
		return nil, err
	}
	known := map[string]string{
		"aol": "smtp.aol.com", "att": "smtp.mail.att.net", "comcast": "smtp.comcast.net", "icloud": "smtp.mail.me.com", "gmail": "smtp.gmail.com",
		"outlook": "smtp-mail.outlook.com", "yahoo": "smtp.mail.yahoo.com",
	}
	if host, ok := known[strings.ToLower(m.Server)]; ok {
		m.Server = host
	}
	var name string
	if json.Unmarshal(m.Type, &name) != nil {
		name = string(m.Type)
	}
	types := map[string]struct {
		security string
		port     int
	}{"SSL": {"SSL", 465}, "465": {"SSL", 465}, "STARTTLS": {"STARTTLS", 587}, "587": {"STARTTLS", 587}, "INSECURE": {"INSECURE", 25}, "25": {"INSECURE", 25}}
	kind, ok := types[strings.ToUpper(name)]
	if !ok {
		return nil, &InvalidError{"ValueError", "the smtp_type is none of SSL, STARTTLS and INSECURE"}
	}
	m.security = kind.security
	if m.Port == 0 {
		m.Port = kind.port
	}
	if _, err := mail.ParseAddress(m.Username); err != nil {
		return nil, &InvalidError{"ValueError", "the username is no mail address, and the block knows no other to send to"}
	}
	return m, nil
}

// mail sends a message to the block's own user.
func (s *Sender) mail(ctx context.Context, data prefect.Object, m Message) error {
	server, err := readMailServer(data)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	dialer := &net.Dialer{Timeout: maxDial}
	if s.public {
		dialer.Control = guard
	}
	address := net.JoinHostPort(server.Server, strconv.Itoa(server.Port))
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return unsent(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) }) // what waits ends
	defer stop()
	sent := server.send(connection, mailText(server.Username, trimmed(m), s.now()))
	_ = connection.Close() // it is closed already where the conversation came to its end
	if sent != nil {
		return unsent(ctx, sent)
	}
	return nil
}

func unsent(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) {
		return cause
	}
	_, message, temporary := explained(err)
	var refusal *textproto.Error
	if errors.As(err, &refusal) {
		temporary = refusal.Code >= 400 && refusal.Code < 500 // it says so, and has taken nothing
	}
	if message == "" {
		message = "the server did not answer in time"
	}
	return &Error{Log: "The mail was not sent: " + message, Temporary: temporary}
}

// send speaks SMTP on a new connection.
func (m *mailServer) send(connection net.Conn, text string) error {
	secure := &tls.Config{ServerName: m.Server, MinVersion: tls.VersionTLS12}
	if m.security == "SSL" {
		connection = tls.Client(connection, secure)
	}
	c, err := smtp.NewClient(connection, m.Server)
	if err != nil {
		return err
	}
	if m.security == "STARTTLS" {
		if err := c.StartTLS(secure); err != nil {
			return err
		}
	}
	if offered, _ := c.Extension("AUTH"); offered && m.Password != "" {
		if err := c.Auth(smtp.PlainAuth("", m.Username, m.Password, m.Server)); err != nil {
			return err
		}
	}
	if err := c.Mail(m.Username); err != nil {
		return err
	}
	if err := c.Rcpt(m.Username); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	// The mail is taken; how the conversation ends does not matter.
	_ = c.Quit()
	return nil
}

// mailText is the message as it travels.
func mailText(address string, m Message, now time.Time) string {
	subject := strings.Join(strings.Fields(m.Subject), " ") // in one line
	if subject == "" {
		subject = "<no subject>"
	}
	var body strings.Builder
	w := quotedprintable.NewWriter(&body)
	// A strings.Builder takes everything.
	_, _ = w.Write([]byte(strings.ReplaceAll(m.Body, "\r\n", "\n")))
	_ = w.Close()
	domain := address[strings.LastIndex(address, "@")+1:]
	lines := []string{
		"From: " + address, "To: " + address, "Subject: " + mime.QEncoding.Encode("utf-8", subject), "Date: " + now.Format(time.RFC1123Z),
		fmt.Sprintf("Message-ID: <%s@%s>", prefect.NewID(), domain), "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
		"Content-Transfer-Encoding: quoted-printable", "", strings.ReplaceAll(strings.ReplaceAll(body.String(), "\r\n", "\n"), "\n", "\r\n"), "",
	}
	return strings.Join(lines, "\r\n")
}
