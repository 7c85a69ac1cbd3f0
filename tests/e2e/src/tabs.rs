//! Further tabs of a page's browser. A session's commands go to one tab at a time.

use fantoccini::wd::WindowHandle;

use crate::Page;

/// A tab to come back to.
#[derive(Clone, Debug)]
pub struct Tab(WindowHandle);

impl Page {
    /// The tab that commands go to.
    ///
    /// # Panics
    /// It was closed.
    pub async fn tab(&self) -> Tab {
        Tab(self.client().window().await.unwrap_or_else(|error| panic!("there is no tab: {error}")))
    }

    /// Opens another tab, to which commands go from now on.
    ///
    /// # Panics
    /// The browser opens none.
    pub async fn open_tab(&self) -> Tab {
        let opened = self.client().new_window(true).await.unwrap_or_else(|error| panic!("no new tab: {error}"));
        let tab = Tab(opened.handle);
        self.go_to_tab(&tab).await;
        tab
    }

    /// Has commands go to this tab from now on.
    ///
    /// # Panics
    /// It was closed.
    pub async fn go_to_tab(&self, tab: &Tab) {
        let switched = self.client().switch_to_window(tab.0.clone()).await;
        switched.unwrap_or_else(|error| panic!("cannot go to the tab: {error}"));
    }

    /// Closes the tab that commands went to, which now go to `next`.
    ///
    /// # Panics
    /// One of the two was closed before.
    pub async fn close_tab(&self, next: &Tab) {
        self.client().close_window().await.unwrap_or_else(|error| panic!("cannot close the tab: {error}"));
        self.go_to_tab(next).await;
    }
}
