// Package pep508 implements dependency specifiers (PEP 508, maintained as the PyPA's
// "Dependency specifiers"): requirements and environment markers.
//
//	r, err := pep508.ParseRequirement(`httpx[http2]>=0.27; python_version < "3.14"`)
//	wanted, err := r.Marker.Evaluate(env)
//
// Where the standard is ambiguous, the package follows the Python library packaging since
// version 26: strings have no order, so "<" and ">" between strings are always false. It
// evaluates every variable, even if the result is already certain, so that an undefined one
// is always an error.
package pep508

// Environment holds the values of the PEP 508 variables for an interpreter on a platform.
// Markers are evaluated in it.
type Environment struct {
	OSName                       string
	SysPlatform                  string
	PlatformMachine              string
	PlatformPythonImplementation string
	PlatformRelease              string
	PlatformSystem               string
	PlatformVersion              string
	PythonVersion                string
	PythonFullVersion            string
	ImplementationName           string
	ImplementationVersion        string

	// Extra is the set of active extras, normalized: extra == "x" is true if the set
	// contains x, and extra != "x" is true if it does not. The empty set stands for the
	// extra "". If Extra is nil, the variable is undefined, and its use is an error.
	Extra map[string]bool
	// Extras and DependencyGroups are the sets of PEP 751 ("x" in extras), with normalized
	// names. nil means undefined.
	Extras, DependencyGroups map[string]bool
}

// variable is the name of a marker variable.
type variable string

const (
	extra            variable = "extra"
	extras           variable = "extras"
	dependencyGroups variable = "dependency_groups"
)

// parseVariable returns the variable with the given name, which may be an older name from
// PEP 345 or setuptools.
func parseVariable(name string) (variable, bool) {
	switch name {
	case "os_name", "sys_platform", "platform_machine", "platform_python_implementation",
		"platform_release", "platform_system", "platform_version", "python_version",
		"python_full_version", "implementation_name", "implementation_version",
		"extra", "extras", "dependency_groups":
		return variable(name), true
	case "os.name":
		return "os_name", true
	case "sys.platform":
		return "sys_platform", true
	case "platform.version":
		return "platform_version", true
	case "platform.machine":
		return "platform_machine", true
	case "platform.python_implementation", "python_implementation":
		return "platform_python_implementation", true
	}
	return "", false
}

// isVersion reports whether the variable's values are compared as versions.
func (v variable) isVersion() bool {
	switch v {
	case "python_version", "python_full_version", "implementation_version", "platform_release":
		return true
	}
	return false
}

// isName reports whether the variable's values are names, which are normalized.
func (v variable) isName() bool { return v == extra || v.isSet() }

// isSet reports whether the variable is one of the set variables of PEP 751.
func (v variable) isSet() bool { return v == extras || v == dependencyGroups }

// text returns the value of a string variable.
func (e *Environment) text(v variable) string {
	switch v {
	case "os_name":
		return e.OSName
	case "sys_platform":
		return e.SysPlatform
	case "platform_machine":
		return e.PlatformMachine
	case "platform_python_implementation":
		return e.PlatformPythonImplementation
	case "platform_release":
		return e.PlatformRelease
	case "platform_system":
		return e.PlatformSystem
	case "platform_version":
		return e.PlatformVersion
	case "python_version":
		return e.PythonVersion
	case "python_full_version":
		return e.PythonFullVersion
	case "implementation_name":
		return e.ImplementationName
	default:
		return e.ImplementationVersion
	}
}

// set returns the value of a variable that is a set of names, or nil if it is undefined.
func (e *Environment) set(v variable) map[string]bool {
	switch v {
	case extra:
		return e.Extra
	case extras:
		return e.Extras
	default:
		return e.DependencyGroups
	}
}
