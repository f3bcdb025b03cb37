public class Hold {
    public static void main(String[] args) throws Exception {
        try (Lab lab = Lab.open(4)) {
            System.out.println("pg " + lab.source().port() + " maria " + lab.target().port());
            System.out.flush();
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
