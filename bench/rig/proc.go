package rig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// tick is the unit of utime and stime in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// process is one line of /proc/PID/stat: its parent and the CPU time that it and its ended, waited-for children have used.
type process struct {
	parent int
	cpu    time.Duration
}

func parseStat(line []byte) (process, error) {
	// The second field is the name in brackets, which may itself hold blanks and brackets.
	end := bytes.LastIndexByte(line, ')')
	if end < 0 {
		return process{}, fmt.Errorf("no name in %q", line)
	}
	fields := strings.Fields(string(line[end+1:]))
	if len(fields) < 15 {
		return process{}, fmt.Errorf("too few fields in %q", line)
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return process{}, err
	}
	p := process{parent: parent}
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return process{}, err
		}
		p.cpu += time.Duration(ticks) * tick
	}
	return p, nil
}

// tree lists the process and all below it.
func tree(root int) (map[int]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it ended while the list was read
		}
		if err != nil {
			return nil, err
		}
		if all[pid], err = parseStat(line); err != nil {
			return nil, err
		}
	}
	if _, ok := all[root]; !ok {
		return nil, fmt.Errorf("process %d has ended", root)
	}
	below := map[int]process{root: all[root]}
	for grown := true; grown; {
		grown = false
		for pid, p := range all {
			if _, in := below[pid]; in {
				continue
			}
			if _, in := below[p.parent]; in {
				below[pid], grown = p, true
			}
		}
	}
	return below, nil
}

// CPUOf is the CPU time of the process and all below it, the ended ones included.
func CPUOf(root int) (time.Duration, error) {
	below, err := tree(root)
	var sum time.Duration
	for _, p := range below {
		sum += p.cpu
	}
	return sum, err
}

// Memory is resident memory in bytes, over the process tree. Peak adds up each process's own highest, which is what one process has.
type Memory struct {
	Resident int64 `json:"resident_bytes"`
	Peak     int64 `json:"peak_bytes"`
}

// MemoryOf is that of the process and all below it now.
func MemoryOf(root int) (Memory, error) {
	below, err := tree(root)
	if err != nil {
		return Memory{}, err
	}
	var sum Memory
	for pid := range below {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return Memory{}, err
		}
		lines := bufio.NewScanner(bytes.NewReader(status))
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) < 2 || (fields[0] != "VmRSS:" && fields[0] != "VmHWM:") {
				continue
			}
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return Memory{}, err
			}
			if fields[0] == "VmRSS:" {
				sum.Resident += kib << 10
			} else {
				sum.Peak += kib << 10
			}
		}
	}
	return sum, nil
}

// OwnCPU is what this program has used: the load's own cost, which must stay small beside the servers'.
func OwnCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// postmaster finds the process above PostgreSQL's backends, or 0 when the server runs on another machine.
func postmaster(ctx context.Context, db *pgx.Conn) (int, error) {
	var backend int
	if err := db.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, err
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	p, err := parseStat(line)
	if err != nil || !bytes.Contains(line, []byte("(postgres)")) {
		return 0, err
	}
	return p.parent, nil
}

// Hardware is the machine that the numbers are from.
type Hardware struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"`
	System string `json:"system"`
}

// Machine describes this one.
func Machine() (Hardware, error) {
	cpu, err := procField("/proc/cpuinfo", "model name")
	if err != nil {
		return Hardware{}, err
	}
	total, err := procField("/proc/meminfo", "MemTotal")
	if err != nil {
		return Hardware{}, err
	}
	kib, err := strconv.ParseInt(strings.TrimSuffix(total, " kB"), 10, 64)
	if err != nil {
		return Hardware{}, err
	}
	return Hardware{CPU: cpu, Cores: runtime.NumCPU(), Memory: kib << 10, System: runtime.GOOS + "/" + runtime.GOARCH}, nil
}

// procField is the first value of that name in a file of "name: value" lines, or nothing.
func procField(file, name string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", nil
}
