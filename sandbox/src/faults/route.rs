//! Which paths a fault's route stands for.

/// Tells whether a path matches a route: `{name}` stands for one segment, a `*` at the end for any rest, and a slash
/// at the end of either makes no difference.
pub(super) fn matches(route: &str, path: &str) -> bool {
    if let Some(prefix) = route.strip_suffix('*') {
        let segments = prefix.matches('/').count();
        // The part of the path that has as many slashes as the prefix; what follows the last one is compared as text.
        let cut = path.match_indices('/').nth(segments).map_or(path.len(), |(index, _)| index);
        let (route_head, route_tail) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let (path_head, path_tail) = path[..cut].rsplit_once('/').unwrap_or(("", &path[..cut]));
        return prefix.is_empty() || (same_segments(route_head, path_head) && path_tail.starts_with(route_tail));
    }
    same_segments(route.trim_end_matches('/'), path.trim_end_matches('/'))
}

fn same_segments(route: &str, path: &str) -> bool {
    let mut route = route.split('/');
    let mut path = path.split('/');
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || is_variable(wanted) => {}
            _ => return false,
        }
    }
}

fn is_variable(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn routes_and_paths() {
        for (route, path, expected) in [
            ("*", "/anything/at/all", true),
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/", true),
            ("/a/b/", "/a/b", true),
            ("/a/b", "/a/b/c", false),
            ("/a/b", "/a", false),
            ("/a/{id}", "/a/1", true),
            ("/a/{id}", "/a/1/rotate", false),
            ("/a/{id}/rotate", "/a/1/rotate", true),
            ("/a/{id}/rotate", "/a/1/delete", false),
            ("/a/*", "/a/1/rotate", true),
            ("/a/*", "/a/", true),
            ("/a/*", "/b/1", false),
            ("/a/re*", "/a/redis/1", true),
            ("/a/re*", "/a/postgres", false),
            ("/a/{id}/*", "/a/1/rotate", true),
            ("/a/{id}/*", "/a/1", false),
        ] {
            assert_eq!(matches(route, path), expected, "{route} {path}");
        }
    }
}
