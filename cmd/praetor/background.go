package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"praetor/internal/lifecycle"
)

// The files in PREFECT_HOME that hold the process ids of what runs in the background. Their names are the reference's.
const (
	serverPIDFile   = "server.pid"
	servicesPIDFile = "services.pid"
)

const (
	// startsWithin is for how long a process in the background is watched: one that cannot start ends sooner.
	startsWithin = time.Second
	// stopsBeyond is how long a process may take beyond the grace period of its shutdown.
	stopsBeyond = 10 * time.Second
	// lookAgain is how often it is looked whether a process has ended, which tells nobody but its parent.
	lookAgain = 50 * time.Millisecond
)

// background is a command of this program that runs without a terminal, and the file that tells of it.
type background struct {
	what  string // as messages call it
	file  string
	clock lifecycle.Clock
}

// pid gives the process that the file names, if it runs.
func (b background) pid() (pid int, runs bool, err error) {
	text, err := os.ReadFile(b.file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return 0, false, nil //nolint:nilerr // a file that names no process is a left-over
	}
	return pid, alive(pid), nil
}

// alive tells whether a process of that id runs. One that has ended stays as a zombie where nobody asks for its exit code, as in containers
// whose first process is no init.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		if _, state, ok := strings.Cut(string(stat), ") "); ok && strings.HasPrefix(state, "Z") {
			return false
		}
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// start runs this program with the arguments, apart from the terminal and from this process.
func (b background) start(out io.Writer, args []string) error {
	if _, runs, err := b.pid(); err != nil || runs {
		if err == nil {
			err = fmt.Errorf("the %s in the background already (%s)", b.what, b.file)
		}
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
		return err
	}
	if err := os.Remove(b.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Made before the process, and by one of two starts alone.
	file, err := os.OpenFile(b.file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	started, err := spawn(args)
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(b.file))
	}
	_, err = file.WriteString(strconv.Itoa(started.Process.Pid))
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, started.Process.Kill(), os.Remove(b.file))
	}
	ended := make(chan error, 1)
	go func() { ended <- started.Wait() }()
	watched := b.clock.NewTimer(startsWithin)
	defer watched.Stop()
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("the process in the background ended at once (%w): without --background it says why", err), os.Remove(b.file))
	case <-watched.Fired():
	}
	_, err = fmt.Fprintf(out, "The %s in the background, as process %d.\n", b.what, started.Process.Pid)
	return err
}

func spawn(args []string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...) //nolint:noctx // it outlives this process
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	return cmd, err
}

// stop asks the process to end and waits until it has, for the grace period and a little more.
func (b background) stop(out io.Writer, grace time.Duration) error {
	pid, runs, err := b.pid()
	if err != nil {
		return err
	}
	message := "Nothing runs in the background.\n"
	if runs {
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		for deadline := b.clock.Now().Add(grace + stopsBeyond); alive(pid); <-b.clock.NewTimer(lookAgain).Fired() {
			if b.clock.Now().After(deadline) {
				return fmt.Errorf("process %d has not ended yet", pid)
			}
		}
		message = "Stopped.\n"
	}
	if err := os.Remove(b.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err = fmt.Fprint(out, message)
	return err
}

// inHome is what runs in the background by a file in PREFECT_HOME.
func inHome(what, file string) (background, time.Duration, error) {
	settings, _, err := load(nil)
	if err != nil {
		return background{}, 0, err
	}
	return background{what, filepath.Join(settings.Home, file), lifecycle.SystemClock{}}, settings.Praetor.ShutdownGrace, nil
}

// stopCommand is the command that stops what runs in the background.
func stopCommand(short, what, file string) *cobra.Command {
	return &cobra.Command{
		Use: "stop", Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, grace, err := inHome(what, file)
			if err != nil {
				return err
			}
			return b.stop(cmd.OutOrStdout(), grace)
		},
	}
}

// withBackground gives a command that runs until it is interrupted the flag with which it does so in the background.
func withBackground(cmd *cobra.Command, what, file string) *cobra.Command {
	inBackground := cmd.Flags().BoolP("background", "b", false, "run in the background, until stopped by the command stop")
	foreground := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !*inBackground {
			return foreground(cmd, args)
		}
		b, _, err := inHome(what, file)
		if err != nil {
			return err
		}
		return b.start(cmd.OutOrStdout(), foregroundArgs(cmd))
	}
	return cmd
}

// foregroundArgs are the arguments that run a command as it was called, but for --background.
func foregroundArgs(cmd *cobra.Command) []string {
	args := strings.Fields(cmd.CommandPath())[1:]
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "background" {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	return args
}
