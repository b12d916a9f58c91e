package output

// Doctor is the result of `lamella doctor`. A problem or warning is absent if there is none.
type Doctor struct {
	Problems       []Error           `json:"problems"`                  // everything that would make a deploy fail; each problem is also listed in the item that it concerns
	Runtime        DoctorRuntime     `json:"runtime"`                   // Lambda runtime
	Lock           DoctorLock        `json:"lock"`                      // project's lock file
	Size           DoctorSize        `json:"size"`                      // size of the layer
	Cache          DoctorCache       `json:"cache"`                     // cache of wheels on this machine
	Indexes        []DoctorIndex     `json:"indexes"`                   // package indexes
	IndexesProblem *Error            `json:"indexes_problem,omitempty"` // why the indexes are unknown
	AWS            DoctorAWS         `json:"aws"`                       // AWS region and identity
	Destination    DoctorDestination `json:"destination"`               // destination of the layer
	Tools          []DoctorProgram   `json:"tools"`                     // uv, pip, Poetry, and keyring
	Pythons        []DoctorProgram   `json:"pythons"`                   // Python interpreters
	Engines        []DoctorProgram   `json:"engines"`                   // container engines
	Builders       []DoctorBuilder   `json:"builders"`                  // ways to build the layer
}

// DoctorRuntime is the Lambda runtime.
type DoctorRuntime struct {
	Name    string `json:"name"`              // name of the runtime, such as "python3.13"
	Warning string `json:"warning,omitempty"` // sentence about a runtime that is deprecated, blocked, or a preview
}

// DoctorLock is the project's lock file.
type DoctorLock struct {
	Path    string `json:"path,omitempty"`    // path of the lock file
	Problem *Error `json:"problem,omitempty"` // why the lock file cannot be used
	Warning *Error `json:"warning,omitempty"` // why the lock file is out of date
}

// DoctorSize is the size of the layer, as far as it is known without downloading wheels.
type DoctorSize struct {
	Exact    bool   `json:"exact"`             // whether all wheels are in the cache
	Unzipped int64  `json:"unzipped"`          // if exact, size of the layer's files in bytes; otherwise, size of the wheels in the cache
	Zip      int64  `json:"zip,omitempty"`     // size of the zip in bytes; 0 if not exact
	Limit    int64  `json:"limit"`             // Lambda's limit for the unzipped size of a function and its layers, in bytes
	Missing  int    `json:"missing"`           // number of wheels that are not in the cache
	Problem  *Error `json:"problem,omitempty"` // why the layer could not be built
}

// DoctorCache is the cache of wheels on this machine.
type DoctorCache struct {
	Path    string `json:"path,omitempty"`    // path of the cache folder
	Problem *Error `json:"problem,omitempty"` // why the cache cannot be used
}

// DoctorDestination is the destination of the layer.
type DoctorDestination struct {
	To     string        `json:"to,omitempty"` // configured destination; absent if there is none
	Checks []DoctorCheck `json:"checks"`       // checks in the order of a deploy, without those that depend on a failed check
}

// DoctorCheck is a read-only check of the destination.
type DoctorCheck struct {
	Name    string `json:"name"`              // what was checked: "folder", "destination", "bucket", "versioning", or a permission, such as "s3:PutObject"
	Found   string `json:"found,omitempty"`   // what the check found, such as the bucket or the latest version
	For     string `json:"for,omitempty"`     // the command that needs the permission, if deploy does not: prune or share
	Untried string `json:"untried,omitempty"` // why the permission was not tried
	Problem *Error `json:"problem,omitempty"` // why the check failed
}

// DoctorIndex is a package index.
type DoctorIndex struct {
	Name        string `json:"name,omitempty"`        // name of the index
	URL         string `json:"url,omitempty"`         // URL of the index, without credentials
	Asked       bool   `json:"asked"`                 // whether lamella searches the index for packages that have no index in the lock file
	Credentials string `json:"credentials,omitempty"` // where the credentials were found
	Problem     *Error `json:"problem,omitempty"`     // why the index cannot be used
}

// DoctorAWS is the identity that signs requests to AWS.
type DoctorAWS struct {
	Region      string `json:"region,omitempty"`      // AWS region
	Credentials string `json:"credentials,omitempty"` // where the credentials were found
	Account     string `json:"account,omitempty"`     // account number, 12 digits
	Identity    string `json:"identity,omitempty"`    // ARN of the user or role
	Problem     *Error `json:"problem,omitempty"`     // why AWS cannot be used
}

// DoctorProgram is a program on this machine.
type DoctorProgram struct {
	Name    string `json:"name"`              // name of the program
	Path    string `json:"path,omitempty"`    // path of the program; absent if it is not installed
	Version string `json:"version,omitempty"` // version of the program
	Problem *Error `json:"problem,omitempty"` // why the program cannot be used
}

// DoctorBuilder is a builder, on this machine or in a container.
type DoctorBuilder struct {
	Builder string `json:"builder"`           // name of the builder
	Where   string `json:"where"`             // where the builder would run: "here" or "in a container"
	Problem *Error `json:"problem,omitempty"` // why the builder would not work there
}
