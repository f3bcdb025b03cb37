# Sourced by the programs that run another commit beside this build.

# Prints the folder of a build of commit $1, which is made once, in the user's cache; from the commit itself, not from the working tree.
earlier() {
    local commit folder
    commit=$(git rev-parse --verify "$1^{commit}") || return
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/concordat/builds/$commit
    if [ ! -f "$folder/built" ]; then
        rm -rf "$folder"; mkdir -p "$folder"
        git archive "$commit" | tar -x -C "$folder"
        env -u CONCORDAT_HOME -u CONCORDAT_NO_BUILD "$folder/concordat" --version >&2 || return
        touch "$folder/built"
    fi
    printf '%s\n' "$folder"
}
