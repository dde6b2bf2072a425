package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startLimit is long enough for the reference to make its schema on a machine with other work.
	startLimit = 3 * time.Minute
	stopLimit  = time.Minute
	// startPoll is how exactly a start is timed; a refused connection costs some 50 µs of CPU.
	startPoll = 2 * time.Millisecond
	// KillLimit bounds what is left to do after an interrupt.
	KillLimit = 10 * time.Second
)

// Server is one of the two that are compared, with the database that it is on.
type Server struct {
	Name    string // "reference" or "praetor"
	Command string // that understands `server start --host H --port P`
	DB      Database
	Dir     string        // its home and its log
	Timeout time.Duration // of one request
	Encode  Encoder
	// Addr is where it listens, and URL names the database that it was last started on.
	Addr, URL string

	cmd   *exec.Cmd
	ended *ending
	// exited is the end of a process that nobody asked to end.
	exited error
}

// ending is the end of a process: err may be read once done is closed.
type ending struct {
	done chan struct{}
	err  error
}

// Start runs the server at a free address on the database and waits for its first 200 from /api/health. It returns how long that took.
func (s *Server) Start(ctx context.Context, dbURL string) (took time.Duration, err error) {
	if s.Addr, err = freeAddress(ctx); err != nil {
		return 0, err
	}
	s.Encode.Host, s.URL = s.Addr, dbURL
	return s.Restart(ctx)
}

// Restart is Start at the address and on the database of the last time.
func (s *Server) Restart(ctx context.Context) (took time.Duration, err error) {
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return 0, err
	}
	log, err := os.OpenFile(filepath.Join(s.Dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle

	// Not CommandContext: an interrupt of the bench must let the server end in order.
	s.cmd = exec.Command(s.Command, "server", "start", "--host", "127.0.0.1", "--port", port) //nolint:noctx // see above
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.Env = append(CleanEnvironment(),
		"PREFECT_HOME="+s.Dir,
		"PREFECT_API_DATABASE_CONNECTION_URL="+s.URL,
		"PREFECT_SERVER_ANALYTICS_ENABLED=false")
	// A group of its own: an interrupt at the terminal reaches the bench only, which then stops the servers.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return 0, err
	}
	s.ended, s.exited = &ending{done: make(chan struct{})}, nil
	go func(cmd *exec.Cmd, ended *ending) {
		ended.err = cmd.Wait()
		close(ended.done)
	}(s.cmd, s.ended)

	if err := s.awaitHealth(ctx, begin); err != nil {
		return 0, errors.Join(fmt.Errorf("%s does not start (see %s): %w", s.Name, log.Name(), err), s.Kill())
	}
	return time.Since(begin), nil
}

func (s *Server) awaitHealth(ctx context.Context, begin time.Time) error {
	health := s.Encode.Request("GET", "/health", nil)
	c := NewConn(s.Addr, 5*time.Second)
	defer c.Close()
	poll := time.NewTicker(startPoll)
	defer poll.Stop()
	for time.Since(begin) < startLimit {
		if status, err := c.Do(ctx, health); err == nil && status == 200 {
			return nil
		}
		select {
		case <-poll.C:
		case <-s.ended.done:
			return fmt.Errorf("it ended: %w", s.ended.err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("no 200 from /api/health within %s", startLimit)
}

// Alive tells a crash from a slow answer.
func (s *Server) Alive() error {
	if s.exited != nil {
		return s.exited
	}
	select {
	case <-s.ended.done:
		s.exited = fmt.Errorf("%s ended by itself (see its log in %s): %w", s.Name, s.Dir, s.ended.err)
		return s.exited
	default:
		return nil
	}
}

// Stop asks the server to end and returns how long it took.
func (s *Server) Stop() (time.Duration, error) {
	if err := s.Alive(); err != nil {
		s.cmd = nil
		return 0, err
	}
	begin := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, errors.Join(err, s.Kill())
	}
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-s.ended.done: // its exit status after SIGTERM is its own business: both servers have their habits
		s.cmd = nil
		return time.Since(begin), nil
	case <-limit.C:
		return 0, errors.Join(fmt.Errorf("%s still runs %s after SIGTERM", s.Name, stopLimit), s.Kill())
	}
}

// Kill ends what still runs, children included. It may be called at any time.
func (s *Server) Kill() error {
	if s.cmd == nil || s.exited != nil {
		return nil
	}
	err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		err = nil
	}
	limit := time.NewTimer(KillLimit)
	defer limit.Stop()
	select {
	case <-s.ended.done:
	case <-limit.C:
		err = errors.Join(err, fmt.Errorf("%s (process %d) cannot be killed", s.Name, s.cmd.Process.Pid))
	}
	s.cmd = nil
	return err
}

// PID is the id of the process that runs.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// API is a new careful client of the server.
func (s *Server) API() *API { return &API{Conn: NewConn(s.Addr, s.Timeout), Encode: s.Encode} }

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// CleanEnvironment is ours without the settings that somebody's shell may hold for either server.
func CleanEnvironment() []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PREFECT_") && !strings.HasPrefix(entry, "PRAETOR_") {
			env = append(env, entry)
		}
	}
	return env
}

// Database makes databases of one kind, one for each server and each fresh start.
type Database struct {
	Kind  string // "sqlite" or "postgresql"
	dir   string
	admin *pgx.Conn
	names *[]string // made so far, in the order of their making
	// Postmaster is PostgreSQL's first process, 0 when there is none on this machine.
	Postmaster int
	// Version is PostgreSQL's release and the settings that decide what a commit waits for.
	Version string
}

// The databases' addresses begin as SQLAlchemy writes them, which both servers read.
const (
	SQLiteScheme   = "sqlite+aiosqlite:///"
	PostgresScheme = "postgresql+asyncpg://"
)

// Databases are the kinds of databases that the flag -db names: sqlite, postgresql, or both.
func Databases(flag string) ([]string, error) {
	switch flag {
	case "sqlite", "postgresql":
		return []string{flag}, nil
	case "both":
		return []string{"sqlite", "postgresql"}, nil
	}
	return nil, fmt.Errorf("-db %s: want sqlite, postgresql or both", flag)
}

// OpenDatabase prepares for making databases of a kind: beside the PostgreSQL database that a URL names, or as SQLite files in dir.
func OpenDatabase(ctx context.Context, postgres, kind, dir string) (Database, error) {
	db := Database{Kind: kind, dir: dir, names: &[]string{}}
	if kind == "sqlite" {
		return db, nil
	}
	admin, err := pgx.Connect(ctx, postgres)
	if err != nil {
		return Database{}, err
	}
	db.admin = admin
	err = admin.QueryRow(ctx, "SELECT split_part(current_setting('server_version'), ' ', 1) || ', fsync ' || "+
		"current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')").Scan(&db.Version)
	if err == nil {
		db.Postmaster, err = postmaster(ctx, admin)
	}
	return db, err
}

// Fresh makes an empty database and returns its URL in the form that both servers read.
func (d Database) Fresh(ctx context.Context, server string, number int) (string, error) {
	if d.Kind == "sqlite" {
		return SQLiteScheme + filepath.Join(d.dir, fmt.Sprintf("%s-%d.db", server, number)), nil
	}
	name := fmt.Sprintf("bench_%d_%s_%d", os.Getpid(), server, number)
	if _, err := d.admin.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", err
	}
	*d.names = append(*d.names, name)
	config := d.admin.Config()
	address := url.URL{
		Scheme: strings.TrimSuffix(PostgresScheme, "://"),
		User:   url.User(config.User),
		Host:   net.JoinHostPort(config.Host, fmt.Sprint(config.Port)),
		Path:   "/" + name,
	}
	if config.Password != "" {
		address.User = url.UserPassword(config.User, config.Password)
	}
	return address.String(), nil
}

// Close drops every database that was made, and of SQLite the whole directory.
func (d Database) Close(ctx context.Context) error {
	if d.admin == nil {
		return os.RemoveAll(d.dir)
	}
	var errs []error
	for _, name := range *d.names {
		_, err := d.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
		errs = append(errs, err)
	}
	return errors.Join(append(errs, d.admin.Close(ctx))...)
}
