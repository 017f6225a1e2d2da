// Package tools is the module that pins the development tools, so that the main module lists what the server ships.
package tools
